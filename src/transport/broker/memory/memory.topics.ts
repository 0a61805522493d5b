import { randomUUID } from 'node:crypto';

import type { Clock } from '../../clock.js';
import { SNS_MAX_BYTES } from '../../sns-sqs.constants.js';
import { isFifoName } from '../../topology/declare/names.js';
import { isRaw } from '../../topology/declare/subscription-attributes.js';
import { BrokerError, noSuchTopic } from '../broker.error.js';
import type {
  BrokerAttributes,
  BrokerTags,
  BrokerTopics,
  ListedSubscription,
  OutgoingMessage,
} from '../broker.js';
import { Deduplication } from './deduplication.js';
import { fitsFilterPolicy } from './filter-policy.js';
import { idOf, type PutMessage } from './stored-message.js';
import type { MemoryQueue } from './memory.queue.js';
import { ACCOUNT } from './memory.queues.js';
import { notification } from './notification.js';

interface Subscription extends ListedSubscription {
  attributes: BrokerAttributes;
}

interface Topic {
  attributes: BrokerAttributes;
  tags: BrokerTags;
  readonly known: Deduplication;
  readonly subscriptions: Map<string, Subscription>;
}

export interface MemoryTopicsOptions {
  readonly region: string;
  readonly clock: Clock;
  /** The queue of an ARN. */
  readonly queueOf: (arn: string) => MemoryQueue | undefined;
}

/** The topics of one account and region, by their ARNs, and the delivery to their subscribers. */
export class MemoryTopics implements BrokerTopics {
  readonly #topics = new Map<string, Topic>();

  constructor(private readonly options: MemoryTopicsOptions) {}

  /** @returns the id it is given in SNS. @throws BrokerError where there is no such topic. */
  publish(topicArn: string, message: OutgoingMessage): string {
    const topic = this.#get(topicArn);
    const fifo = isFifoName(topicArn);
    const id = idOf(`${topicArn}#${message.id}`);
    if (fifo && !topic.known.takes(message.id)) return id;
    for (const subscription of topic.subscriptions.values())
      this.#deliver(topicArn, subscription, message, fifo);
    return id;
  }

  /** Bytes of one message, and of one call. @throws BrokerError where there is no such topic. */
  maxBytes(topicArn: string): number {
    return Number(this.#get(topicArn).attributes['MaximumMessageSize'] ?? SNS_MAX_BYTES);
  }

  async *list(): AsyncGenerator<string> {
    yield* this.#topics.keys();
  }

  async attributesOf(arn: string): Promise<BrokerAttributes> {
    return { ...(await this.#found(arn)).attributes };
  }

  async setAttribute(arn: string, name: string, value: string): Promise<void> {
    const topic = await this.#found(arn);
    topic.attributes = { ...topic.attributes, [name]: value };
  }

  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    const { region, clock } = this.options;
    const arn = `arn:aws:sns:${region}:${ACCOUNT}:${name}`;
    if (!this.#topics.has(arn))
      this.#topics.set(arn, {
        attributes: { TopicArn: arn, ...attributes },
        tags: { ...tags },
        known: new Deduplication(clock),
        subscriptions: new Map(),
      });
    return Promise.resolve(arn);
  }

  async tagsOf(arn: string): Promise<BrokerTags> {
    return { ...(await this.#found(arn)).tags };
  }

  async tag(arn: string, tags: BrokerTags): Promise<void> {
    const topic = await this.#found(arn);
    topic.tags = { ...topic.tags, ...tags };
  }

  async subscribe(
    topicArn: string,
    queueArn: string,
    attributes: BrokerAttributes,
  ): Promise<string> {
    const { subscriptions } = await this.#found(topicArn);
    const known = subscriptions.values().find(({ endpoint }) => endpoint === queueArn);
    if (known) {
      const differs = Object.entries(attributes).some(
        ([name, value]) => known.attributes[name] !== value,
      );
      if (differs)
        throw new BrokerError(
          'InvalidParameter',
          'Subscription already exists with different attributes',
        );
      return known.arn;
    }
    const arn = `${topicArn}:${randomUUID()}`;
    subscriptions.set(arn, { arn, endpoint: queueArn, attributes: { ...attributes } });
    return arn;
  }

  async *subscriptions(topicArn: string): AsyncGenerator<ListedSubscription> {
    yield* (await this.#found(topicArn)).subscriptions.values();
  }

  ownSubscriptions(topicArn: string): AsyncIterable<ListedSubscription> {
    return this.subscriptions(topicArn);
  }

  async subscriptionAttributes(topicArn: string, arn: string): Promise<BrokerAttributes> {
    return { ...(await this.#subscription(topicArn, arn)).attributes };
  }

  async setSubscriptionAttribute(
    topicArn: string,
    arn: string,
    name: string,
    value: string,
  ): Promise<void> {
    const subscription = await this.#subscription(topicArn, arn);
    subscription.attributes = { ...subscription.attributes, [name]: value };
  }

  /** That it is gone already is no error. */
  unsubscribe(topicArn: string, arn: string): Promise<void> {
    this.#topics.get(topicArn)?.subscriptions.delete(arn);
    return Promise.resolve();
  }

  delete(arn: string): void {
    this.#topics.delete(arn);
  }

  #deliver(
    topicArn: string,
    { endpoint, attributes, arn }: Subscription,
    message: OutgoingMessage,
    fifo: boolean,
  ): void {
    const policy = JSON.parse(attributes['FilterPolicy'] || '{}') as object;
    if (!fitsFilterPolicy(policy, message, attributes['FilterPolicyScope'])) return;
    const put: PutMessage = {
      ...(isRaw(attributes)
        ? { body: message.body, attributes: message.attributes }
        : { body: this.#envelope(topicArn, arn, message), attributes: {} }),
      ...(message.group !== undefined && { group: message.group }),
      ...(fifo && { deduplicationId: message.id }),
    };
    const { deadLetterTargetArn: deadLetters = '' } = JSON.parse(
      attributes['RedrivePolicy'] || '{}',
    ) as { deadLetterTargetArn?: string };
    const queue = this.options.queueOf(endpoint) ?? this.options.queueOf(deadLetters);
    queue?.put(put);
  }

  #envelope(topicArn: string, subscription: string, message: OutgoingMessage): string {
    return notification({ topicArn, subscription, message, nowMs: this.options.clock.now() });
  }

  #get(arn: string): Topic {
    const topic = this.#topics.get(arn);
    if (!topic) throw noSuchTopic(arn);
    return topic;
  }

  // A rejection rather than a throw.
  async #found(arn: string): Promise<Topic> {
    return Promise.resolve(this.#get(arn));
  }

  async #subscription(topicArn: string, arn: string): Promise<Subscription> {
    const found = (await this.#found(topicArn)).subscriptions.get(arn);
    if (!found) throw noSuchTopic(arn);
    return found;
  }
}
