import { parseTopicArn, isArn } from '../../../common/arn.js';
import { topicKey } from '../declare/encryption.js';
import { isForeign } from '../../../common/resource-names.js';
import { deadLetterName } from '../declare/dead-letter-name.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import { queuesToMake } from '../declare/queue-settings.js';
import { forCreation } from '../declare/settings.js';
import type {
  QueueDeclaration,
  SubscriptionDeclaration,
  Tags,
  TopicDeclaration,
  Topology,
} from '../declare/topology.js';
import { logicalId } from './logical-id.js';

export interface TopicResource {
  readonly id: string;
  readonly name: string;
  readonly tags: Tags;
  /** Id, alias or ARN of its key. */
  readonly kmsKeyId?: string;
  readonly highThroughput?: boolean;
}

export interface QueueResource {
  readonly id: string;
  readonly name: string;
  /**
   * The queue's own attributes, as `create` would set them; its relations to others are `redrive` and `subscriptions`.
   */
  readonly attributes: QueueAttributes;
  readonly tags: Tags;
  /** Its dead-letter queue, and the declaration with the number of receives. */
  readonly redrive?: {
    readonly deadLetter: QueueReference;
    readonly declaration: QueueDeclaration;
  };
  readonly policyId: string;
  readonly subscriptions: readonly SubscriptionResource[];
  /** Undefined for the default dead-letter queue of a queue. */
  readonly declaration?: QueueDeclaration;
}

export interface SubscriptionResource {
  readonly id: string;
  /** A topic of this template, or another owner's. */
  readonly topic: { readonly id: string } | { readonly arn: string; readonly region: string };
  readonly declared: SubscriptionDeclaration;
  /** The queue for undelivered messages: one of this template, or any by its ARN. */
  readonly deadLetter?: QueueReference;
}

interface Resources {
  readonly topics: readonly TopicResource[];
  readonly queues: readonly QueueResource[];
}

/** A queue of this template, or any by its ARN. */
export type QueueReference = { readonly id: string } | { readonly arn: string };

export const topicId = (name: string): string => logicalId('Topic', name);

export const queueId = (name: string): string => logicalId('Queue', name);

/**
 * The resources that `create` would create; not those of other owners, nor queues of broadcasts, which processes
 * create.
 */
export function resourcesOf({ topics, queues }: Topology): Resources {
  const declared = new Map(
    queues.filter(({ broadcast }) => !broadcast).map((queue) => [queue.name, queue]),
  );
  return {
    topics: topics.filter(({ name }) => !isForeign(name)).map(topicResource),
    queues: queuesToMake(queues).map(({ name, attributes, tags }) => ({
      id: queueId(name),
      name,
      attributes: forCreation(attributes),
      tags,
      ...tiesOf(name, declared.get(name)),
    })),
  };
}

function topicResource({
  name,
  tags = {},
  encryption,
  highThroughput,
}: TopicDeclaration): TopicResource {
  const kmsKeyId = topicKey(encryption);
  return {
    id: topicId(name),
    name,
    tags,
    ...(kmsKeyId && { kmsKeyId }),
    ...(highThroughput !== undefined && { highThroughput }),
  };
}

/** The relations of a declared queue to others; an undeclared dead-letter queue has none. */
function tiesOf(
  name: string,
  declaration: QueueDeclaration | undefined,
): Pick<QueueResource, 'redrive' | 'policyId' | 'subscriptions' | 'declaration'> {
  const policyId = logicalId('Policy', name);
  if (declaration === undefined) return { policyId, subscriptions: [] };
  const deadLetter = deadLetterName(declaration);
  return {
    policyId,
    declaration,
    ...(deadLetter !== undefined && {
      redrive: { deadLetter: queueOf(deadLetter), declaration },
    }),
    subscriptions: (declaration.from ?? []).map((declared) => ({
      id: logicalId('Subscription', name, declared.topic),
      topic: topicOf(declared.topic),
      declared,
      ...(declared.deadLetter && { deadLetter: queueOf(declared.deadLetter) }),
    })),
  };
}

const topicOf = (topic: string): SubscriptionResource['topic'] =>
  isArn(topic)
    ? { arn: topic, region: parseTopicArn(topic)?.region ?? '' }
    : { id: topicId(topic) };

const queueOf = (queue: string): QueueReference =>
  isForeign(queue) ? { arn: queue } : { id: queueId(queue) };

/** An attribute in a tool's type: numbers and booleans as such, but the name of a key always as text. */
export const typed = (name: string, value: string): unknown =>
  name !== 'KmsMasterKeyId' && /^(\d+|true|false)$/.test(value) ? JSON.parse(value) : value;
