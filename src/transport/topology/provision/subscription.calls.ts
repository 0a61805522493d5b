import { accountOf } from '../../../common/arn.js';
import type { BrokerAttributes, BrokerTopics, ListedSubscription } from '../../broker/broker.js';
import { isAccessDenied, isNotFound } from '../../broker/broker.errors.js';
import { lastPart } from '../../../common/resource-names.js';
import { subscriptionAttributes } from '../declare/subscription-attributes.js';
import type { SubscriptionDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, retryUntilConsistent } from './retry-until-consistent.js';

/** ARNs of a topic's subscriptions by the ARN of their queue. */
type Subscribers = ReadonlyMap<string, string>;

/** Calls to the broker about subscriptions, with their retries. */
export class SubscriptionCalls {
  readonly #subscribers = new Map<string, Promise<Subscribers>>();

  constructor(private readonly topics: BrokerTopics) {}

  /** The queues subscribed to a topic; none if the topic does not exist. Cached. */
  subscribers(topicArn: string): Promise<Subscribers> {
    const known = this.#subscribers.get(topicArn) ?? this.#list(topicArn);
    this.#subscribers.set(topicArn, known);
    return known;
  }

  /** Undefined if another account made the subscription to its own topic. */
  async attributesOf(
    topicArn: string,
    queueArn: string,
    subscription: string,
  ): Promise<BrokerAttributes | undefined> {
    try {
      return await this.topics.subscriptionAttributes(topicArn, subscription);
    } catch (error) {
      const foreign = accountOf(topicArn) !== accountOf(queueArn);
      if (foreign && (isAccessDenied(error) || isNotFound(error))) return undefined;
      throw error;
    }
  }

  /** @returns its ARN. */
  subscribe(
    topicArn: string,
    queueArn: string,
    declared: SubscriptionDeclaration,
    deadLetterArn: string | undefined,
  ): Promise<string> {
    return retryUntilConsistent({ topic: lastPart(topicArn) }, NOT_THERE_YET, () =>
      this.topics.subscribe(topicArn, queueArn, subscriptionAttributes(declared, deadLetterArn)),
    );
  }

  async set(
    topicArn: string,
    subscription: string,
    steps: readonly (readonly [name: string, value: string])[],
  ): Promise<void> {
    for (const [name, value] of steps)
      await this.topics.setSubscriptionAttribute(topicArn, subscription, name, value);
  }

  end(topicArn: string, subscription: string): Promise<void> {
    return this.topics.unsubscribe(topicArn, subscription);
  }

  async #list(topicArn: string): Promise<Subscribers> {
    try {
      return await byQueue(this.topics.subscriptions(topicArn));
    } catch (error) {
      if (isNotFound(error)) return new Map();
      if (!isAccessDenied(error)) throw error;
      // Another owner's topic does not show its list, but our subscriptions to it belong to our account.
      return byQueue(this.topics.ownSubscriptions(topicArn));
    }
  }
}

async function byQueue(subscriptions: AsyncIterable<ListedSubscription>): Promise<Subscribers> {
  const found = new Map<string, string>();
  for await (const { arn, endpoint } of subscriptions) found.set(endpoint, arn);
  return found;
}
