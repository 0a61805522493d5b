import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';

import { nativeCodec } from '../codec/native.codec.js';
import { TopologyError } from '../errors/index.js';
import {
  DEAD_LETTER_RETENTION_S,
  DEFAULT_MAX_RECEIVE_COUNT,
  DEFAULT_RETENTION_S,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  MAX_WAIT_TIME_S,
} from '../sns-sqs.constants.js';
import { BoundTopology, type BoundQueue } from './bound-topology.js';
import { MendedDifferences, NotedDifferences, type Differences } from './differences.js';
import { deadLetterName, isArn, isFifoName, isUrl, lastPart } from './names.js';
import { QueueProvisioner, type ExistingQueue, type QueueAttributes } from './queue.provisioner.js';
import { TopicProvisioner } from './topic.provisioner.js';
import type { QueueDeclaration, Topology } from './topology.js';

/**
 * What is done about a topology that AWS has not, or has otherwise.
 * `create` makes or changes it; `verify` names each difference and fails; `off`
 * looks names up and nothing more.
 */
export type ProvisionMode = 'create' | 'verify' | 'off';

export interface TopologyClients {
  readonly sns: SNSClient;
  readonly sqs: SQSClient;
}

/**
 * Finds a topology's queues and topics, creating or verifying them first.
 *
 * @throws TopologyError naming every difference (`verify`) or whatever is missing (`off`).
 */
export async function bindTopology(
  topology: Topology,
  clients: TopologyClients,
  mode: ProvisionMode,
): Promise<BoundTopology> {
  const noted = new NotedDifferences();
  const differences = mode === 'create' ? new MendedDifferences() : noted;
  const binder = new TopologyBinder(topology, clients, differences, mode !== 'off');
  const bound = await binder.bind();
  if (noted.found.length > 0 || bound === undefined) {
    throw new TopologyError(
      `AWS has not what the topology declares (run with provision "create", or create it by other means):\n  ${noted.found.join('\n  ')}`,
      { details: { differences: noted.found } },
    );
  }
  return bound;
}

class TopologyBinder {
  readonly #queues: QueueProvisioner;
  readonly #topics: TopicProvisioner;

  constructor(
    private readonly topology: Topology,
    { sqs, sns }: TopologyClients,
    differences: Differences,
    private readonly attributesMatter: boolean,
  ) {
    this.#queues = new QueueProvisioner(sqs, differences);
    this.#topics = new TopicProvisioner(sns, differences);
  }

  async bind(): Promise<BoundTopology | undefined> {
    const arns = await this.#topics.ensure(this.topology.topics.map(({ name }) => name));
    const bound = await Promise.all(
      this.topology.queues.map((queue) => this.#bindQueue(queue, arns)),
    );
    const found = bound.filter((queue) => queue !== undefined);
    return found.length === bound.length
      ? new BoundTopology(this.topology, found, arns)
      : undefined;
  }

  async #bindQueue(
    declaration: QueueDeclaration,
    arns: ReadonlyMap<string, string>,
  ): Promise<BoundQueue | undefined> {
    if (isUrl(declaration.name))
      return boundQueue(declaration, await this.#queues.describe(declaration.name));
    const deadLetterTo = deadLetterName(declaration);
    const deadLetter =
      deadLetterTo === undefined
        ? undefined
        : await this.#queues.ensure(
            deadLetterTo,
            this.#wanted({ MessageRetentionPeriod: String(DEAD_LETTER_RETENTION_S) }, deadLetterTo),
          );
    const topicArns = (declaration.from ?? [])
      .map(({ topic }) => arnOf(topic, arns))
      .filter((arn) => arn !== undefined);
    const queue = await this.#queues.ensure(
      declaration.name,
      this.#wanted(queueAttributes(declaration, deadLetter, topicArns), declaration.name),
    );
    if (!queue || (deadLetterTo !== undefined && !deadLetter)) return undefined;
    if (this.attributesMatter) {
      for (const subscription of declaration.from ?? []) {
        const topicArn = arnOf(subscription.topic, arns);
        if (topicArn !== undefined) await this.#topics.subscribe(topicArn, queue.arn, subscription);
      }
    }
    return boundQueue(declaration, queue, deadLetter);
  }

  /** With provisioning off a queue is looked up only; FIFO cannot be changed, so it counts at creation alone. */
  #wanted(attributes: QueueAttributes, name: string): QueueAttributes {
    return this.attributesMatter
      ? { ...attributes, ...(isFifoName(name) && { FifoQueue: 'true' }) }
      : {};
  }
}

/** Undefined for a declared topic that is missing, which is noted already. */
const arnOf = (topic: string, arns: ReadonlyMap<string, string>): string | undefined =>
  arns.get(topic) ?? (isArn(topic) ? topic : undefined);

function boundQueue(
  declaration: QueueDeclaration,
  queue: ExistingQueue,
  deadLetter?: ExistingQueue,
): BoundQueue {
  const redrive =
    redrivePolicy(queue.attributes.RedrivePolicy) ??
    (deadLetter && { maxReceiveCount: maxReceiveCount(declaration) });
  return {
    declaration,
    url: queue.url,
    fifo: declaration.fifo ?? isFifoName(lastPart(queue.url)),
    codec: declaration.codec ?? nativeCodec,
    visibilityTimeoutS:
      declaration.visibilityTimeoutS ??
      (Number(queue.attributes.VisibilityTimeout) || DEFAULT_VISIBILITY_TIMEOUT_S),
    ...(deadLetter && { deadLetterUrl: deadLetter.url }),
    ...(redrive && { maxReceiveCount: redrive.maxReceiveCount }),
  };
}

function redrivePolicy(text: string | undefined): { maxReceiveCount: number } | undefined {
  if (text === undefined || text === '') return undefined;
  const policy = JSON.parse(text) as { maxReceiveCount?: number | string };
  return policy.maxReceiveCount === undefined
    ? undefined
    : { maxReceiveCount: Number(policy.maxReceiveCount) };
}

const maxReceiveCount = ({ deadLetter }: QueueDeclaration): number =>
  (deadLetter || undefined)?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT;

function queueAttributes(
  declaration: QueueDeclaration,
  deadLetter: ExistingQueue | undefined,
  topicArns: readonly string[],
): QueueAttributes {
  return {
    VisibilityTimeout: String(declaration.visibilityTimeoutS ?? DEFAULT_VISIBILITY_TIMEOUT_S),
    MessageRetentionPeriod: String(declaration.retentionS ?? DEFAULT_RETENTION_S),
    ReceiveMessageWaitTimeSeconds: String(MAX_WAIT_TIME_S),
    ...(deadLetter && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetter.arn,
        maxReceiveCount: maxReceiveCount(declaration),
      }),
    }),
    ...(topicArns.length > 0 && { Policy: sendPolicy(topicArns) }),
  };
}

/**
 * SNS may send, and only for these topics. The resource is `*` because the queue's ARN is not known before
 * it is created; a queue policy reaches no further than its queue.
 * https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
 */
function sendPolicy(topicArns: readonly string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: topicArns.map((topicArn) => ({
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    })),
  });
}
