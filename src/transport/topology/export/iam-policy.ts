/**
 * A statement of an IAM policy.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface IamStatement {
  readonly Sid: string;
  /** A `Deny` overrides every `Allow`, including those of the role's other policies. */
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

/**
 * An IAM policy; write it as JSON. A managed policy may have 6144 characters, not counting spaces.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements.html
 */
export interface IamPolicy {
  readonly Version: '2012-10-17';
  readonly Statement: readonly IamStatement[];
}

/** IAM has no narrower resource for list actions and for actions on a single subscription. */
export const ANY = ['*'];

/** Allows actions on resources; returns no statement if either list is empty. */
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
