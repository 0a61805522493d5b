/** What a change is about. */
export type ResourceKind = 'topic' | 'queue' | 'subscription';

/**
 * One change that AWS needs to have what a topology declares. Plain data, for JSON.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export interface TopologyChange {
  /** `delete` ends a subscription that Weft made and that is declared no longer; nothing else is ever deleted. */
  readonly action: 'create' | 'change' | 'delete';
  /** What it is done to. */
  readonly kind: ResourceKind;
  /** Name of the topic or queue; of a subscription `<queue> to <topic>`. */
  readonly name: string;
  /** How it differs from what is declared, in words; one for each setting that is changed. */
  readonly differences: readonly string[];
  /** What is created is created with these attributes, by AWS's names; of a change those that are set. */
  readonly settings: Readonly<Record<string, string>>;
}

/** `queue billing`, `subscription of billing to orders`. */
export const subjectOf = ({ kind, name }: Pick<TopologyChange, 'kind' | 'name'>): string =>
  kind === 'subscription' ? `subscription of ${name}` : `${kind} ${name}`;

/** Each difference, with the name of what it is about. */
export const differencesOf = (change: TopologyChange): string[] => {
  const subject = subjectOf(change);
  if (change.action === 'create') return [`${subject} does not exist`];
  if (change.action === 'delete') return [`${subject} exists, but is not declared`];
  return change.differences.map((difference) => `${subject}: ${difference}`);
};

/** One line, as a plan shows it. */
export const changeText = (change: TopologyChange): string =>
  change.action === 'change'
    ? `change ${subjectOf(change)}: ${change.differences.join('; ')}`
    : `${change.action} ${subjectOf(change)}`;
