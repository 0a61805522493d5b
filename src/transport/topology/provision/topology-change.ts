/** The kind of resource that changes. */
export type ResourceKind = 'topic' | 'queue' | 'subscription';

/**
 * One change that makes AWS match the topology. Plain data, for JSON.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
 */
export interface TopologyChange {
  /** `delete` removes a subscription that Weft made and that is no longer declared; nothing else is ever deleted. */
  readonly action: 'create' | 'change' | 'delete';
  /** The kind of resource. */
  readonly kind: ResourceKind;
  /** Name of the topic or queue, or `<queue> to <topic>` for a subscription. */
  readonly name: string;
  /** A text for each setting that differs from its declaration. */
  readonly differences: readonly string[];
  /** Attributes by AWS's names: all of a new resource, or those that a change sets. */
  readonly settings: Readonly<Record<string, string>>;
}

/** `queue billing`, `subscription of billing to orders`. */
const subjectOf = ({ kind, name }: Pick<TopologyChange, 'kind' | 'name'>): string =>
  kind === 'subscription' ? `subscription of ${name}` : `${kind} ${name}`;

/** Each difference, with the name of its resource. */
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
