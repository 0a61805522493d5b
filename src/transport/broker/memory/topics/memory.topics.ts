import { randomUUID } from 'node:crypto';

import type { Clock } from '../../../clock.js';
import { SNS_MAX_BYTES } from '../../../sns-sqs.constants.js';
import { isFifoName } from '../../../../common/resource-names.js';
import { readRedrivePolicy } from '../../../topology/declare/queue-settings.js';
import { isRaw } from '../../../topology/declare/subscription-attributes.js';
import { BrokerError, noSuchTopic } from '../../broker.error.js';
import type {
  BrokerAttributes,
  BrokerTags,
  BrokerTopics,
  ListedSubscription,
  OutgoingMessage,
} from '../../broker.js';
import type { MemoryQueue } from '../memory.queue.js';
import { ACCOUNT } from '../memory.queues.js';
import { Recent } from '../recent.js';
import { differs, type Resource } from '../resource.js';
import { idOf } from '../stored-message.js';
import { fitsFilterPolicy } from './filter-policy.js';
import { notification } from './notification.js';

interface Subscription extends ListedSubscription {
  attributes: BrokerAttributes;
}

interface Topic extends Resource {
  /** FIFO: ids of messages by their deduplication ids. */
  readonly sent: Recent<string>;
  readonly subscriptions: Map<string, Subscription>;
}

/** The topics of one account and region, by their ARNs, and the delivery to their subscribers. */
export class MemoryTopics implements BrokerTopics {
  readonly #topics = new Map<string, Topic>();

  /** @param queueOf the queue of an ARN. */
  constructor(
    private readonly region: string,
    private readonly clock: Clock,
    private readonly queueOf: (arn: string) => MemoryQueue | undefined,
  ) {}

  /** @returns the id it is given in SNS. @throws BrokerError where there is no such topic. */
  publish(topicArn: string, message: OutgoingMessage): string {
    const { sent, subscriptions } = this.#get(topicArn);
    const id = idOf(`${topicArn}#${message.id}`);
    const fifo = isFifoName(topicArn);
    if (fifo && sent.get(message.id) !== undefined) return id;
    if (fifo) sent.set(message.id, id);
    for (const subscription of subscriptions.values())
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
    return this.#get(arn).attributes;
  }

  async setAttribute(arn: string, name: string, value: string): Promise<void> {
    const topic = this.#get(arn);
    topic.attributes = { ...topic.attributes, [name]: value };
  }

  async create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    const arn = `arn:aws:sns:${this.region}:${ACCOUNT}:${name}`;
    if (!this.#topics.has(arn))
      this.#topics.set(arn, {
        attributes: { TopicArn: arn, ...attributes },
        tags: { ...tags },
        sent: new Recent(this.clock),
        subscriptions: new Map(),
      });
    return arn;
  }

  async tagsOf(arn: string): Promise<BrokerTags> {
    return this.#get(arn).tags;
  }

  async tag(arn: string, tags: BrokerTags): Promise<void> {
    const topic = this.#get(arn);
    topic.tags = { ...topic.tags, ...tags };
  }

  async subscribe(
    topicArn: string,
    queueArn: string,
    attributes: BrokerAttributes,
  ): Promise<string> {
    const { subscriptions } = this.#get(topicArn);
    const known = subscriptions.values().find(({ endpoint }) => endpoint === queueArn);
    if (known && differs(known, attributes))
      throw new BrokerError('InvalidParameter', 'The subscription exists with other attributes');
    const { arn } = known ?? { arn: `${topicArn}:${randomUUID()}` };
    if (!known) subscriptions.set(arn, { arn, endpoint: queueArn, attributes: { ...attributes } });
    return arn;
  }

  async *subscriptions(topicArn: string): AsyncGenerator<ListedSubscription> {
    yield* this.#get(topicArn).subscriptions.values();
  }

  ownSubscriptions(topicArn: string): AsyncIterable<ListedSubscription> {
    return this.subscriptions(topicArn);
  }

  async subscriptionAttributes(topicArn: string, arn: string): Promise<BrokerAttributes> {
    return this.#subscription(topicArn, arn).attributes;
  }

  async setSubscriptionAttribute(
    topicArn: string,
    arn: string,
    name: string,
    value: string,
  ): Promise<void> {
    const subscription = this.#subscription(topicArn, arn);
    subscription.attributes = { ...subscription.attributes, [name]: value };
  }

  /** That it is gone already is no error. */
  async unsubscribe(topicArn: string, arn: string): Promise<void> {
    this.#topics.get(topicArn)?.subscriptions.delete(arn);
  }

  delete(arn: string): void {
    this.#topics.delete(arn);
  }

  #deliver(
    topicArn: string,
    { arn, endpoint, attributes }: Subscription,
    message: OutgoingMessage,
    fifo: boolean,
  ): void {
    const { FilterPolicy: policy, FilterPolicyScope: scope, RedrivePolicy: redrive } = attributes;
    if (!fitsFilterPolicy(JSON.parse(policy || '{}') as object, message, scope)) return;
    const deadLetters = readRedrivePolicy(redrive)?.target ?? '';
    const queue = this.queueOf(endpoint) ?? this.queueOf(deadLetters);
    const { id, body, attributes: sent, group } = message;
    queue?.put({
      ...(isRaw(attributes)
        ? { body, attributes: sent }
        : { body: notification(message, topicArn, arn, this.clock.now()), attributes: {} }),
      group,
      ...(fifo && { deduplicationId: id }),
    });
  }

  #get(arn: string): Topic {
    const topic = this.#topics.get(arn);
    if (!topic) throw noSuchTopic(arn);
    return topic;
  }

  #subscription(topicArn: string, arn: string): Subscription {
    const found = this.#get(topicArn).subscriptions.get(arn);
    if (!found) throw noSuchTopic(arn);
    return found;
  }
}
