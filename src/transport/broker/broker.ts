import type { EntryOutcome } from '../call-batching/entry-batcher.js';
import type { WireAttribute } from '../codec/attributes.js';
import type { OpenQueue } from './broker.queue.js';

/** Attributes of a queue, topic or subscription, by AWS's names. */
export type BrokerAttributes = Readonly<Record<string, string | undefined>>;

/** Tags of a queue or a topic. */
export type BrokerTags = Readonly<Record<string, string>>;

/** A message ready for its batch. */
export interface OutgoingMessage {
  /** Its own id; the deduplication id on FIFO. */
  readonly id: string;
  readonly body: string;
  readonly attributes: Readonly<Record<string, WireAttribute>>;
  readonly subject?: string | undefined;
  readonly group?: string | undefined;
  readonly delayS?: number | undefined;
}

/** What a message is sent to. */
export interface Address {
  readonly kind: 'topic' | 'queue';
  /** ARN of the topic or URL of the queue. */
  readonly address: string;
  readonly fifo: boolean;
}

/**
 * Sends ten messages at most, in one call, and answers message by message, by position. A rejection is a call that failed
 * as a whole; whether it took effect is then unknown.
 */
export type SendMessages = (
  to: Address,
  messages: readonly OutgoingMessage[],
) => Promise<EntryOutcome[]>;

/** The queues of a broker: what the topology, reply queues and broadcasts ask of them. */
export interface BrokerQueues {
  /** @throws an error that `isNotFound`. */
  urlOf(name: string, account?: string): Promise<string>;
  /**
   * @param names those that are wanted. @defaultValue all
   * @throws an error that `isNotFound`.
   */
  attributesOf(url: string, names?: readonly string[]): Promise<BrokerAttributes>;
  /** @returns the URL, also of a queue that is there with the same attributes. */
  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string>;
  /** Sets all in one call: some attributes are taken only together. */
  setAttributes(url: string, attributes: BrokerAttributes): Promise<void>;
  tagsOf(url: string): Promise<BrokerTags>;
  tag(url: string, tags: BrokerTags): Promise<void>;
  /** @throws an error that `isNotFound`. */
  delete(url: string): Promise<void>;
  /** URLs of queues whose names begin so, up to so many. */
  list(prefix: string, max: number): Promise<readonly string[]>;
}

/** A queue's subscription as its topic lists it. */
export interface ListedSubscription {
  readonly arn: string;
  /** ARN of the queue. */
  readonly endpoint: string;
}

/** The topics of a broker and their subscriptions. Topics may be of other regions than the queues. */
export interface BrokerTopics {
  /** ARNs of all topics of the region. */
  list(): AsyncIterable<string>;
  /** @throws an error that `isNotFound`. */
  attributesOf(arn: string): Promise<BrokerAttributes>;
  setAttribute(arn: string, name: string, value: string): Promise<void>;
  /** @returns the ARN, also of a topic that is there already. */
  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string>;
  tagsOf(arn: string): Promise<BrokerTags>;
  tag(arn: string, tags: BrokerTags): Promise<void>;
  /** A subscription that is there already with the same attributes is left as it is. @returns its ARN. */
  subscribe(topicArn: string, queueArn: string, attributes: BrokerAttributes): Promise<string>;
  /** All subscriptions of a topic, including those that others made. */
  subscriptions(topicArn: string): AsyncIterable<ListedSubscription>;
  /** Those that this account made to a topic, which may be somebody else's. */
  ownSubscriptions(topicArn: string): AsyncIterable<ListedSubscription>;
  subscriptionAttributes(topicArn: string, subscription: string): Promise<BrokerAttributes>;
  setSubscriptionAttribute(
    topicArn: string,
    subscription: string,
    name: string,
    value: string,
  ): Promise<void>;
  unsubscribe(topicArn: string, subscription: string): Promise<void>;
}

/**
 * The one port to a broker: all that server, client and topology need of it. `broker.errors.js` classifies errors.
 * `docs/brokers.md` says how to write a driver.
 */
export interface Broker {
  /** Region of the queues, and of topics that are named by their names. */
  readonly region: string;
  /** Opens a queue, to receive from it. */
  readonly openQueue: OpenQueue;
  /** Sends to topics and queues. */
  readonly send: SendMessages;
  /** Makes queues and looks at them. */
  readonly queues: BrokerQueues;
  /** Makes topics and subscriptions, and looks at them. */
  readonly topics: BrokerTopics;
}
