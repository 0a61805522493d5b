import { createHash } from 'node:crypto';
import type { JsonSchema } from '../../messaging/index.js';
import type {
  QueueDeclaration,
  SubscriptionDeclaration,
  TopicDeclaration,
} from '../../transport/topology/index.js';
import { isFifoName, lastPart } from '../../common/resource-names.js';
import { deadLetterName } from '../../transport/topology/declare/dead-letter-name.js';

const KEY = /^[\w.-]+$/;

/** A key of AsyncAPI: letters, digits, dots, hyphens and underscores. */
export function keyOf(name: string): string {
  if (KEY.test(name)) return name;
  // Addresses with the same last part are still different channels.
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 8);
  return `${lastPart(name).replaceAll(/[^\w.-]/g, '_')}-${hash}`;
}

/** Drops undefined values, as a document has no key without a value. */
export const given = (parts: Readonly<Record<string, unknown>>): JsonSchema =>
  Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));

/** The channel binding of a topic. https://github.com/asyncapi/bindings/tree/master/sns */
export const topicBinding = ({ name, tags }: TopicDeclaration): JsonSchema =>
  given({
    name: lastPart(name),
    ordering: isFifoName(name) ? { type: 'FIFO', contentBasedDeduplication: false } : undefined,
    tags,
  });

/** The channel binding of a queue, and of its dead-letter queue. https://github.com/asyncapi/bindings/tree/master/sqs */
export function queueBinding(queue: QueueDeclaration): JsonSchema {
  const dead = deadLetterName(queue);
  return given({
    queue: queueObject(queue),
    deadLetterQueue:
      dead === undefined
        ? undefined
        : { name: lastPart(dead), fifoQueue: isFifoName(lastPart(dead)) },
  });
}

/** A queue in the form of both SQS bindings. */
export function queueObject(queue: QueueDeclaration): JsonSchema {
  const { name, visibilityTimeoutS, retentionS, highThroughput, tags, deadLetter } = queue;
  const dead = deadLetterName(queue);
  return given({
    name: lastPart(name),
    fifoQueue: isFifoName(lastPart(name)),
    ...(highThroughput === true && {
      deduplicationScope: 'messageGroup',
      fifoThroughputLimit: 'perMessageGroupId',
    }),
    visibilityTimeout: visibilityTimeoutS,
    messageRetentionPeriod: retentionS,
    redrivePolicy:
      dead === undefined
        ? undefined
        : given({
            deadLetterQueue: { name: lastPart(dead) },
            maxReceiveCount: deadLetter ? deadLetter.maxReceiveCount : undefined,
          }),
    tags,
  });
}

/** A subscription in the form of the SNS operation binding. */
export function consumer(
  queue: QueueDeclaration,
  { raw = true, filterPolicy, filterPolicyScope, deadLetter }: SubscriptionDeclaration,
): JsonSchema {
  const simple = filterPolicy === undefined || isSimple(filterPolicy);
  return given({
    protocol: 'sqs',
    endpoint: { name: lastPart(queue.name) },
    rawMessageDelivery: raw,
    // The binding's schema only allows lists of texts.
    ...(simple ? { filterPolicy } : { 'x-filterPolicy': filterPolicy }),
    filterPolicyScope: filterPolicy && filterPolicyScope,
    redrivePolicy:
      typeof deadLetter === 'string'
        ? { deadLetterQueue: { name: lastPart(deadLetter) } }
        : undefined,
  });
}

const isSimple = (policy: Readonly<Record<string, unknown>>): boolean =>
  Object.values(policy).every(
    (value) => Array.isArray(value) && value.every((one) => typeof one === 'string'),
  );
