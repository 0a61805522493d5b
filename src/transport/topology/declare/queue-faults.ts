import { parseTopicArn, parseQueueArn, isArn } from '../../../common/arn.js';
import { wholeNumberFaults } from '../../../common/whole-numbers.js';
import { retryingFaults } from '../../option-faults.js';
import { PROCESS_SUFFIX_LENGTH } from '../../process-queue/process-queue.names.js';
import { MAX_LEASE_HOURS, MAX_QUEUE_NAME_LENGTH } from '../../sns-sqs.constants.js';
import { fifoFaults, keyFaults, repeated, tagFaults } from './checks.js';
import { filterPolicyFaults } from './filter-policy-faults.js';
import { isFifoName, isForeign, isUrl, lastPart } from '../../../common/resource-names.js';
import { deadLetterName } from './dead-letter-name.js';
import { redriveAllowFaults, senderFaults, throughputFaults } from './queue-setting-faults.js';
import type { QueueDeclaration, SubscriptionDeclaration, Topology } from './topology.js';

const NAME = /^[\w-]{1,80}(\.fifo)?$/;
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
const MESSAGE_BYTES = [1024, 1024 * 1024] as const;

/** The faults of a queue's declaration. */
export function queueFaults(
  queue: QueueDeclaration,
  topology: Pick<Topology, 'topics' | 'queues'>,
): string[] {
  const { deadLetter, encryption } = queue;
  const kms = typeof encryption === 'object' ? encryption : undefined;
  return [
    ...nameFaults(queue),
    ...fifoFaults(queue),
    ...failureFaults(queue),
    ...(queue.broadcast ? broadcastFaults(queue) : []),
    ...deadLetterFaults(queue),
    ...subscriptionFaults(queue, topology),
    ...envelopeFaults(queue),
    ...wholeNumberFaults('visibilityTimeoutS', queue.visibilityTimeoutS, 1, MAX_LEASE_HOURS * 3600),
    ...wholeNumberFaults('retentionS', queue.retentionS, 60, 14 * 24 * 3600),
    ...wholeNumberFaults('concurrency', queue.concurrency, 1, 120_000),
    ...retryingFaults(queue),
    ...wholeNumberFaults('maxMessageBytes', queue.maxMessageBytes, ...MESSAGE_BYTES),
    ...throughputFaults(queue),
    ...senderFaults(queue),
    ...redriveAllowFaults(queue),
    ...(deadLetter
      ? wholeNumberFaults('deadLetter.maxReceiveCount', deadLetter.maxReceiveCount, 1, 1000)
      : []),
    ...tagFaults(queue.tags),
    ...keyFaults(encryption),
    ...sharedKeyFaults(queue),
    ...wholeNumberFaults('encryption.dataKeyReuseS', kms?.dataKeyReuseS, 60, 24 * 3600),
  ].map((fault) => `queue ${queue.name}: ${fault}`);
}

function nameFaults(queue: QueueDeclaration): string[] {
  if (isForeign(queue.name)) return queue.broadcast ? [] : foreignFaults(queue);
  return [queue.name, deadLetterName(queue)]
    .filter((name) => name !== undefined)
    .filter((name) => !isForeign(name))
    .filter((name) => !NAME.test(name) || name.length > MAX_QUEUE_NAME_LENGTH)
    .map(
      (name) =>
        `the name ${name} must have 1 to ${MAX_QUEUE_NAME_LENGTH} letters, digits, - and _ (and .fifo)`,
    );
}

/** Options that only the owner of a queue can set. */
const OF_ITS_OWNER = [
  'from',
  'tags',
  'encryption',
  'retentionS',
  'maxMessageBytes',
  'highThroughput',
  'redriveAllow',
  'senders',
] as const;

function foreignFaults({ name, ...queue }: QueueDeclaration): string[] {
  const made = [
    ...OF_ITS_OWNER.filter((key) => queue[key] !== undefined),
    ...(queue.deadLetter && queue.deadLetter.maxReceiveCount !== undefined
      ? ['deadLetter.maxReceiveCount']
      : []),
  ];
  return [
    ...(isUrl(name) || parseQueueArn(name)
      ? []
      : ['is not the ARN of a queue (arn:aws:sqs:region:account:name)']),
    ...(made.length > 0
      ? [
          `is somebody else's by its ${isArn(name) ? 'ARN' : 'URL'}, so ${made.join(', ')} cannot be set from here`,
        ]
      : []),
  ];
}

/**
 * AWS's own key for SQS has a fixed policy without SNS, so published messages would be lost.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-enable-encryption-for-topic-sqs-queue-subscriptions.html
 */
const sharedKeyFaults = ({ encryption, from = [] }: QueueDeclaration): string[] =>
  from.length > 0 &&
  typeof encryption === 'object' &&
  /\balias\/aws\/sqs$/.test(encryption.kmsKeyId)
    ? ['encryption is by alias/aws/sqs, which SNS cannot use: name a key of your own']
    : [];

function failureFaults(queue: QueueDeclaration): string[] {
  const { name, onFailure } = queue;
  return [
    ...(onFailure !== undefined && !isFifoName(lastPart(name))
      ? [`onFailure is ${onFailure}, which only a FIFO queue has`]
      : []),
    ...(onFailure === 'skip' && deadLetterName(queue) === undefined && !isForeign(name)
      ? ['onFailure is skip, which needs a dead-letter queue']
      : []),
  ];
}

function broadcastFaults({ name, from = [] }: QueueDeclaration): string[] {
  const maxLength = MAX_QUEUE_NAME_LENGTH - PROCESS_SUFFIX_LENGTH;
  return [
    ...(isForeign(name)
      ? ['is a broadcast, of which each process makes its own queue: it has no URL or ARN']
      : []),
    ...(from.length === 0 ? ['is a broadcast, which needs a topic (from)'] : []),
    ...(name.length > maxLength && !isForeign(name)
      ? [
          `is a broadcast, whose name has at most ${maxLength} characters: each process adds ${PROCESS_SUFFIX_LENGTH}`,
        ]
      : []),
  ];
}

function deadLetterFaults(queue: QueueDeclaration): string[] {
  const name = deadLetterName(queue);
  if (name === undefined) return [];
  return [
    ...(isForeign(name) && !isUrl(name) && !parseQueueArn(name)
      ? [
          `its dead-letter queue ${name} is not the ARN of a queue (arn:aws:sqs:region:account:name)`,
        ]
      : []),
    ...(isFifoName(lastPart(name)) === isFifoName(lastPart(queue.name))
      ? []
      : [`its dead-letter queue ${name} must be FIFO exactly if it is itself`]),
    ...(name === queue.name ? ['is its own dead-letter queue'] : []),
  ];
}

function subscriptionFaults(
  { name, from = [] }: QueueDeclaration,
  { topics, queues }: Pick<Topology, 'topics' | 'queues'>,
): string[] {
  const faultsOf = ({ topic }: (typeof from)[number]): string[] => [
    ...(isArn(topic)
      ? parseTopicArn(topic)
        ? []
        : ['which is not the ARN of a topic']
      : topics.some((one) => one.name === topic)
        ? []
        : ['which is not declared']),
    ...(isFifoName(name) && !isFifoName(topic)
      ? ['which is not FIFO: SNS refuses a FIFO queue there']
      : []),
  ];
  return [
    ...from.flatMap((one) => faultsOf(one).map((fault) => `subscribes to ${one.topic}, ${fault}`)),
    ...from.flatMap((one) =>
      filterPolicyFaults(one).map((fault) => `subscription to ${one.topic} ${fault}`),
    ),
    ...repeated(from.map(({ topic }) => topic)).map((topic) => `subscribes to ${topic} twice`),
    ...from.flatMap((one) => undeliveredFaults(one, name, queues)),
  ];
}

/** The queue's policy must allow SNS, and Weft writes policies only for declared queues. */
function undeliveredFaults(
  { topic, deadLetter }: SubscriptionDeclaration,
  queue: string,
  queues: readonly QueueDeclaration[],
): string[] {
  if (deadLetter === undefined || deadLetter === false) return [];
  const what = `subscription to ${topic}: its dead-letter queue ${deadLetter}`;
  const known = queues.some(({ name, broadcast }) => name === deadLetter && !broadcast);
  return [
    ...(known || parseQueueArn(deadLetter)
      ? []
      : [`${what} is neither declared as a queue nor an ARN of one`]),
    ...(deadLetter === queue ? [`${what} is the queue itself`] : []),
    ...(isFifoName(lastPart(deadLetter)) === isFifoName(topic)
      ? []
      : [`${what} must be FIFO exactly if the topic is`]),
  ];
}

const MAX_ENVELOPES = 5;

/** Unsigned messages would all be dead-lettered. */
function envelopeFaults({ envelope, from = [] }: QueueDeclaration): string[] {
  if (!envelope) return [];
  const { topics = [], depth, signatures } = envelope;
  const raw = from.filter((one) => one.raw !== false).map(({ topic }) => topic);
  return [
    ...wholeNumberFaults('envelope.depth', depth, 1, MAX_ENVELOPES),
    ...topics
      .filter((topic) => !parseTopicArn(topic))
      .map((topic) => `envelope.topics names ${topic}, which is not the ARN of a topic`),
    ...(signatures && raw.length > 0
      ? [
          `envelope.signatures needs raw: false on the subscriptions to ${raw.join(', ')}: a raw message has no signature`,
        ]
      : []),
    ...(signatures && from.length === 0 && topics.length === 0
      ? [
          'envelope.signatures needs the topics whose signatures are believed: name them in from or envelope.topics',
        ]
      : []),
  ];
}
