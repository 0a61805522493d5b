import type { SNSClient } from '@aws-sdk/client-sns';
import type { SQSClient } from '@aws-sdk/client-sqs';

import { nativeCodec } from '../codec/native.codec.js';
import { TopologyError } from '../errors/index.js';
import { DEAD_LETTER_RETENTION_S, DEFAULT_VISIBILITY_TIMEOUT_S } from '../sns-sqs.constants.js';
import { BoundTopology, type BoundBroadcast, type BoundQueue } from './bound-topology.js';
import { MendedDifferences, NotedDifferences, type Differences } from './differences.js';
import { deadLetterName, isArn, isFifoName, isUrl, lastPart } from './names.js';
import { fifoAttribute, maxReceiveCount, queueAttributes } from './queue-attributes.js';
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
    const { topology } = this;
    const arns = await this.#topics.ensure(topology.topics.map(({ name }) => name));
    const [own, shared] = partition(topology.queues, ({ broadcast = false }) => broadcast);
    const [broadcasts, queues] = await Promise.all([
      Promise.all(own.map((queue) => this.#bindBroadcast(queue, arns))),
      Promise.all(shared.map((queue) => this.#bindQueue(queue, arns))),
    ]);
    const found = { queues: present(queues), broadcasts: present(broadcasts) };
    return found.queues.length + found.broadcasts.length === topology.queues.length
      ? new BoundTopology(topology, found.queues, arns, found.broadcasts)
      : undefined;
  }

  /** Only what its processes share is bound here; each makes its own queue as it starts. */
  async #bindBroadcast(
    declaration: QueueDeclaration,
    arns: ReadonlyMap<string, string>,
  ): Promise<BoundBroadcast | undefined> {
    const deadLetterTo = deadLetterName(declaration);
    const deadLetter = await this.#deadLetter(deadLetterTo);
    if (deadLetterTo !== undefined && !deadLetter) return undefined;
    const subscriptions = (declaration.from ?? []).flatMap((declared) => {
      const topicArn = arnOf(declared.topic, arns);
      return topicArn === undefined ? [] : [{ topicArn, declared }];
    });
    const attributes = {
      ...queueAttributes(
        declaration,
        deadLetter,
        subscriptions.map(({ topicArn }) => topicArn),
      ),
      ...fifoAttribute(declaration.name),
    };
    const facts = queueFacts(declaration, declaration.name, attributes, deadLetter);
    return { ...facts, attributes, subscriptions };
  }

  async #bindQueue(
    declaration: QueueDeclaration,
    arns: ReadonlyMap<string, string>,
  ): Promise<BoundQueue | undefined> {
    if (isUrl(declaration.name))
      return boundQueue(declaration, await this.#queues.describe(declaration.name));
    const deadLetterTo = deadLetterName(declaration);
    const deadLetter = await this.#deadLetter(deadLetterTo);
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

  async #deadLetter(name: string | undefined): Promise<ExistingQueue | undefined> {
    if (name === undefined) return undefined;
    const attributes = { MessageRetentionPeriod: String(DEAD_LETTER_RETENTION_S) };
    return this.#queues.ensure(name, this.#wanted(attributes, name));
  }

  /** With provisioning off a queue is looked up only. */
  #wanted(attributes: QueueAttributes, name: string): QueueAttributes {
    return this.attributesMatter ? { ...attributes, ...fifoAttribute(name) } : {};
  }
}

/** Undefined for a declared topic that is missing, which is noted already. */
const arnOf = (topic: string, arns: ReadonlyMap<string, string>): string | undefined =>
  arns.get(topic) ?? (isArn(topic) ? topic : undefined);

const boundQueue = (
  declaration: QueueDeclaration,
  { url, attributes }: ExistingQueue,
  deadLetter?: ExistingQueue,
): BoundQueue => ({ url, ...queueFacts(declaration, lastPart(url), attributes, deadLetter) });

function queueFacts(
  declaration: QueueDeclaration,
  name: string,
  attributes: QueueAttributes,
  deadLetter: ExistingQueue | undefined,
): Omit<BoundQueue, 'url'> {
  const redrive =
    redrivePolicy(attributes.RedrivePolicy) ??
    (deadLetter && { maxReceiveCount: maxReceiveCount(declaration) });
  return {
    declaration,
    fifo: declaration.fifo ?? isFifoName(name),
    codec: declaration.codec ?? nativeCodec,
    visibilityTimeoutS:
      declaration.visibilityTimeoutS ??
      (Number(attributes.VisibilityTimeout) || DEFAULT_VISIBILITY_TIMEOUT_S),
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

const present = <T>(values: readonly (T | undefined)[]): T[] =>
  values.filter((value) => value !== undefined);

function partition<T>(values: readonly T[], fits: (value: T) => boolean): [T[], T[]] {
  return [values.filter(fits), values.filter((value) => !fits(value))];
}
