import { parseArn } from '../declare/arn.js';
import { topicKey } from '../declare/encryption.js';
import { deadLetterName, isArn, isForeign } from '../declare/names.js';
import { queuesToMake, type QueueAttributes } from '../declare/queue-settings.js';
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
}

export interface QueueResource {
  readonly id: string;
  readonly name: string;
  /** Of its own, as `create` would make it; what ties it to others is `redrive` and `subscriptions`. */
  readonly attributes: QueueAttributes;
  readonly tags: Tags;
  /** Where its messages go in the end, and the declaration that says when. */
  readonly redrive?: { readonly deadLetterId: string; readonly declaration: QueueDeclaration };
  readonly policyId: string;
  readonly subscriptions: readonly SubscriptionResource[];
}

export interface SubscriptionResource {
  readonly id: string;
  /** Of a topic that is made as well, or of one that somebody else has. */
  readonly topic: { readonly id: string } | { readonly arn: string; readonly region: string };
  readonly declared: SubscriptionDeclaration;
}

export interface Resources {
  readonly topics: readonly TopicResource[];
  readonly queues: readonly QueueResource[];
}

export const queueId = (name: string): string => logicalId('Queue', name);

/** What `create` would make of a topology; not what belongs to others, nor queues of broadcasts, which processes make. */
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

function topicResource({ name, tags = {}, encryption }: TopicDeclaration): TopicResource {
  const kmsKeyId = topicKey(encryption);
  return { id: logicalId('Topic', name), name, tags, ...(kmsKeyId && { kmsKeyId }) };
}

/** What ties a declared queue to others; a dead-letter queue that is not declared itself is tied to none. */
function tiesOf(
  name: string,
  declaration: QueueDeclaration | undefined,
): Pick<QueueResource, 'redrive' | 'policyId' | 'subscriptions'> {
  const policyId = logicalId('Policy', name);
  if (declaration === undefined) return { policyId, subscriptions: [] };
  const deadLetter = deadLetterName(declaration);
  return {
    policyId,
    ...(deadLetter !== undefined && {
      redrive: { deadLetterId: queueId(deadLetter), declaration },
    }),
    subscriptions: (declaration.from ?? []).map((declared) => ({
      id: logicalId('Subscription', name, declared.topic),
      topic: topicOf(declared.topic),
      declared,
    })),
  };
}

const topicOf = (topic: string): SubscriptionResource['topic'] =>
  isArn(topic)
    ? { arn: topic, region: parseArn(topic, 'sns')?.region ?? '' }
    : { id: logicalId('Topic', topic) };

/** An attribute as tools have it: numbers and truth as such, and only the name of a key as text, whatever it looks like. */
export const typed = (name: string, value: string): unknown =>
  name === 'KmsMasterKeyId' ? value : JSON.parse(value);
