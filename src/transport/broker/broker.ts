import type { EntryOutcome } from '../call-batching/entry-batcher.js';
import type { OpenQueue } from './broker.queue.js';

/** Attributes of a queue, topic or subscription, by AWS's names. */
export type BrokerAttributes = Readonly<Record<string, string | undefined>>;

/** Tags of a queue or a topic. */
export type BrokerTags = Readonly<Record<string, string>>;

/** An attribute of a message to send, in the one shape that SNS and SQS share. */
export type WireAttribute =
  | { readonly DataType: string; readonly StringValue: string }
  | { readonly DataType: string; readonly BinaryValue: Uint8Array };

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

/** The topic or queue a message is sent to. */
export interface Address {
  readonly kind: 'topic' | 'queue';
  /** ARN of the topic or URL of the queue. */
  readonly address: string;
  readonly fifo: boolean;
}

/**
 * Sends at most ten messages in one call; each has its outcome at the same position. A rejection means that the call
 * failed as a whole, and that its effect is unknown.
 */
export type SendMessages = (
  to: Address,
  messages: readonly OutgoingMessage[],
) => Promise<EntryOutcome[]>;

/** The queues of a broker, with the calls that the topology, reply queues and broadcasts need. */
export interface BrokerQueues {
  /** @throws an error that `isNotFound`. */
  urlOf(name: string, account?: string): Promise<string>;
  /**
   * @param names the attributes to read. @defaultValue all
   * @throws an error that `isNotFound`.
   */
  attributesOf(url: string, names?: readonly string[]): Promise<BrokerAttributes>;
  /** @returns the URL; a queue that exists with the same attributes is no error. */
  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string>;
  /** Sets all in one call, because SQS accepts some attributes only together. */
  setAttributes(url: string, attributes: BrokerAttributes): Promise<void>;
  tagsOf(url: string): Promise<BrokerTags>;
  tag(url: string, tags: BrokerTags): Promise<void>;
  /** @throws an error that `isNotFound`. */
  delete(url: string): Promise<void>;
  /** URLs of at most `max` queues whose names begin with `prefix`. */
  list(prefix: string, max: number): Promise<readonly string[]>;
}

/** A queue's subscription as its topic lists it. */
export interface ListedSubscription {
  readonly arn: string;
  /** ARN of the queue. */
  readonly endpoint: string;
}

/** The topics of a broker and their subscriptions. Topics may be in other regions than the queues. */
export interface BrokerTopics {
  /** ARNs of all topics of the region. */
  list(): AsyncIterable<string>;
  /** @throws an error that `isNotFound`. */
  attributesOf(arn: string): Promise<BrokerAttributes>;
  setAttribute(arn: string, name: string, value: string): Promise<void>;
  /** @returns the ARN; a topic that exists already is no error. */
  create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string>;
  tagsOf(arn: string): Promise<BrokerTags>;
  tag(arn: string, tags: BrokerTags): Promise<void>;
  /** Leaves a subscription that exists with the same attributes unchanged. @returns its ARN. */
  subscribe(topicArn: string, queueArn: string, attributes: BrokerAttributes): Promise<string>;
  /** All subscriptions of a topic, including those of other accounts. */
  subscriptions(topicArn: string): AsyncIterable<ListedSubscription>;
  /** This account's subscriptions to a topic, which may belong to another account. */
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
 * The one port to a broker, with the calls that server, client and topology need. `broker.errors.js` classifies its
 * errors. `docs/brokers.md` says how to write a driver.
 */
export interface Broker {
  /** Region of the queues, and of topics that are named by their names. */
  readonly region: string;
  /** Opens a queue, to receive from it. */
  readonly openQueue: OpenQueue;
  /** Sends to topics and queues. */
  readonly send: SendMessages;
  /** Creates and reads queues. */
  readonly queues: BrokerQueues;
  /** Creates and reads topics and subscriptions. */
  readonly topics: BrokerTopics;
}
