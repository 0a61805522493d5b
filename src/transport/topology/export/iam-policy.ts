/**
 * A statement of a policy of IAM.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface IamStatement {
  readonly Sid: string;
  /** A denial wins over every allowance, those of other policies of the role included. */
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * A policy of IAM, to be written as JSON. IAM takes 6144 characters without spaces in a managed one.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

/** IAM knows no narrower resource for what lists, or is done to a single subscription. */
export const ANY = ['*'];

/** Rights to some resources; no statement where there are none of either. */
export function allow(
  Sid: string,
  action: readonly string[],
  resource: readonly string[],
  condition?: IamStatement['Condition'],
): IamStatement[] {
  const [Action, Resource] = [[...new Set(action)], [...new Set(resource)]];
  return Action.length > 0 && Resource.length > 0
    ? [{ Sid, Effect: 'Allow', Action, Resource, ...(condition && { Condition: condition }) }]
    : [];
}
