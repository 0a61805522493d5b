import { TopologyError } from '../../errors/index.js';
import { ALIVE_TAG } from '../../process-queue/process-queue.names.js';
import { REPLY_QUEUE_PREFIX } from '../../sns-sqs.constants.js';
import { deadLetterName } from '../declare/dead-letter-name.js';
import type { QueueDeclaration, Topology } from '../declare/topology.js';
import { Arns, type Place } from './iam-arns.js';
import { keyStatements } from './iam-keys.js';
import { allow, ANY, type IamPolicy, type IamStatement } from './iam-policy.js';
import { lookStatements, makeStatements, onlyQueues, subscribedTopics } from './iam-topology.js';

/** Region and account of a topology, and the parts that its processes use. */
export interface IamOptions extends Place {
  /** Names of the queues the consumer consumes. @defaultValue every queue with patterns */
  readonly consume?: readonly string[];
  /** Bucket for large bodies. @defaultValue none: no rights to any bucket */
  readonly payloadBucket?: string;
  /**
   * Prefix of the publisher's own reply queues. A longer prefix than the consumer's, such as `weft-replies-shop-`,
   * keeps the publisher from reading answers to others; its clients need the same `replyQueuePrefix`.
   *
   * @defaultValue 'weft-replies-'
   */
  readonly replyQueuePrefix?: string;
  /** An existing queue for answers, instead of one that each process creates. @defaultValue none */
  readonly replyQueue?: string;
  /** Prefix of the reply queues that the consumer answers to. @defaultValue 'weft-replies-' */
  readonly answerPrefix?: string;
}

/** A policy for each role; a process that has several roles needs all of their policies. */
export interface IamPolicies {
  /** Receives, answers and dead-letters messages; creates per-process queues of broadcasts. */
  readonly consumer: IamPolicy;
  /** Emits and sends, and makes its own reply queue. */
  readonly publisher: IamPolicy;
  /** Starts with `provision: 'create'`. */
  readonly provisioner: IamPolicy;
}

/**
 * The least rights that processes of a topology need, including a start with `provision: 'verify'`. Makes no calls.
 *
 * @throws TopologyError when `account` or `region` cannot be part of an ARN, or `consume` names an undeclared queue.
 * @example
 * const { consumer } = iamPolicies(topology, { region: 'eu-central-1', account: '111122223333' });
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-using-identity-based-policies.html
 */
export function iamPolicies(topology: Topology, options: IamOptions): IamPolicies {
  const arns = new Arns(options);
  const look = lookStatements(topology, arns);
  const policy = (...statements: readonly IamStatement[]): IamPolicy => ({
    Version: '2012-10-17',
    Statement: [...look, ...statements],
  });
  return {
    consumer: policy(...consumerStatements(topology, arns, options)),
    publisher: policy(...publisherStatements(topology, arns, options)),
    provisioner: policy(...makeStatements(topology, arns)),
  };
}

function consumerStatements(topology: Topology, arns: Arns, options: IamOptions): IamStatement[] {
  const consumed = consumedQueues(topology, options);
  const shared = consumed.filter(({ broadcast }) => !broadcast);
  const broadcasts = consumed.filter(({ broadcast }) => broadcast);
  const deadLetters = consumed.map(deadLetterName).filter((name) => name !== undefined);
  const { answerPrefix = REPLY_QUEUE_PREFIX } = options;
  // Topics that the start compares are already in the list.
  const listed = new Set(
    lookStatements(topology, arns)
      .filter(({ Action: action }) => action.includes('sns:ListSubscriptionsByTopic'))
      .flatMap(({ Resource: resource }) => resource),
  );
  const ownQueues = broadcasts.map(({ name }) => arns.ownQueues(name));
  return [
    ...allow(
      'Receive',
      RECEIVE,
      shared.map(({ name }) => arns.queue(name)),
    ),
    ...allow(
      'DeadLetters',
      ['sqs:SendMessage'],
      deadLetters.map((name) => arns.queue(name)),
    ),
    ...allow('Answer', ['sqs:SendMessage'], [arns.queuesFrom(answerPrefix)]),
    ...ownQueueStatements(ownQueues, RECEIVE),
    ...allow(
      'HearTopics',
      ['sns:Subscribe'],
      subscribedTopics(broadcasts, arns),
      onlyQueues(ownQueues),
    ),
    ...allow(
      'FindOrphans',
      ['sns:ListSubscriptionsByTopic'],
      subscribedTopics(broadcasts, arns).filter((topic) => !listed.has(topic)),
    ),
    ...allow('EndSubscriptions', ['sns:Unsubscribe'], broadcasts.length > 0 ? ANY : []),
    ...payloadStatements(arns, options),
    ...keyStatements(consumed, arns),
  ];
}

function publisherStatements(topology: Topology, arns: Arns, options: IamOptions): IamStatement[] {
  const { routes } = topology;
  const topics = routes.flatMap((route) => ('topic' in route ? [route.topic] : []));
  const queues = routes.flatMap((route) => ('queue' in route ? [route.queue] : []));
  const { replyQueuePrefix = REPLY_QUEUE_PREFIX, replyQueue } = options;
  return [
    ...allow(
      'Publish',
      ['sns:Publish'],
      topics.map((name) => arns.topic(name)),
    ),
    ...allow(
      'Send',
      ['sqs:SendMessage'],
      queues.map((name) => arns.queue(name)),
    ),
    ...(replyQueue === undefined
      ? ownQueueStatements(
          [arns.replyQueues(replyQueuePrefix)],
          ['sqs:ReceiveMessage', 'sqs:DeleteMessage'],
        )
      : allow(
          'NamedReplyQueue',
          ['sqs:GetQueueUrl', 'sqs:ReceiveMessage', 'sqs:DeleteMessage'],
          [arns.queue(replyQueue)],
        )),
    ...payloadStatements(arns, options),
    ...keyStatements(
      [
        ...topology.topics.filter(({ name }) => topics.includes(name)),
        ...topology.queues.filter(({ name }) => queues.includes(name)),
      ],
      arns,
    ),
  ];
}

const RECEIVE = ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility'];

/** The tag that a process sets on each per-process queue, when it creates it and at intervals. */
const MADE_BY_PROCESS = { Null: { [`aws:RequestTag/${ALIVE_TAG}`]: ['false'] } };
const OF_A_PROCESS = { Null: { [`aws:ResourceTag/${ALIVE_TAG}`]: ['false'] } };

/**
 * For queues that a process creates and deletes itself, and for finding those of dead processes. Another queue with a
 * similar name has no such tag, so it is neither read nor deleted.
 *
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-abac.html
 */
const ownQueueStatements = (queues: readonly string[], use: readonly string[]): IamStatement[] => [
  ...allow('FindOwnQueues', ['sqs:ListQueues'], queues.length > 0 ? ANY : []),
  ...allow('LookAtOwnQueues', ['sqs:ListQueueTags', 'sqs:GetQueueAttributes'], queues),
  ...allow('MakeOwnQueues', ['sqs:CreateQueue', 'sqs:TagQueue'], queues, MADE_BY_PROCESS),
  ...allow('OwnQueues', ['sqs:DeleteQueue', ...use], queues, OF_A_PROCESS),
];

/** Requests, answers and dead letters may be large in both directions. */
const payloadStatements = (arns: Arns, { payloadBucket }: IamOptions): IamStatement[] =>
  payloadBucket === undefined
    ? []
    : allow(
        'Payloads',
        ['s3:GetObject', 's3:PutObject', 's3:AbortMultipartUpload'],
        [arns.objects(payloadBucket)],
      );

/** @throws TopologyError when a queue is not declared. */
function consumedQueues({ queues }: Topology, { consume }: IamOptions): QueueDeclaration[] {
  const unknown = consume?.filter((name) => !queues.some((queue) => queue.name === name)) ?? [];
  if (unknown.length > 0)
    throw new TopologyError(
      `The topology does not declare these queues of "consume": ${unknown.join(', ')}`,
    );
  return queues.filter(({ name, patterns }) => consume?.includes(name) ?? patterns.length > 0);
}
