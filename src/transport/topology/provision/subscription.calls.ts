import {
  GetSubscriptionAttributesCommand,
  SetSubscriptionAttributesCommand,
  UnsubscribeCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';

import { isAccessDenied, isNotFound, type AwsClients } from '../../../aws/index.js';
import { accountOf, regionOf } from '../declare/arn.js';
import { lastPart } from '../declare/names.js';
import type { SubscriptionDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, retryUntilConsistent } from './retry-until-consistent.js';
import {
  ownSubscriptionsOf,
  subscribeQueue,
  subscriptionsOf,
  type ListedSubscription,
} from './subscribe.js';

/** ARNs of a topic's subscriptions by the ARN of their queue. */
type Subscribers = ReadonlyMap<string, string>;

/** What is asked of SNS about subscriptions; a topic is asked in its own region, wherever the queue is. */
export class SubscriptionCalls {
  readonly #subscribers = new Map<string, Promise<Subscribers>>();

  constructor(private readonly clients: Pick<AwsClients, 'snsIn'>) {}

  /** The queues subscribed to a topic; none to one that is gone. Asked once. */
  subscribers(topicArn: string): Promise<Subscribers> {
    const known = this.#subscribers.get(topicArn) ?? this.#list(topicArn);
    this.#subscribers.set(topicArn, known);
    return known;
  }

  /** Undefined where another account made the subscription to its topic. */
  async attributesOf(
    topicArn: string,
    queueArn: string,
    subscription: string,
  ): Promise<Record<string, string> | undefined> {
    try {
      const { Attributes: attributes = {} } = await this.#snsOf(topicArn).send(
        new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }),
      );
      return attributes;
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
    return retryUntilConsistent(`The topic ${lastPart(topicArn)} is new`, NOT_THERE_YET, () =>
      subscribeQueue(this.#snsOf(topicArn), topicArn, queueArn, declared, deadLetterArn),
    );
  }

  async set(
    topicArn: string,
    subscription: string,
    steps: readonly (readonly [name: string, value: string])[],
  ): Promise<void> {
    for (const [name, value] of steps) {
      await this.#snsOf(topicArn).send(
        new SetSubscriptionAttributesCommand({
          SubscriptionArn: subscription,
          AttributeName: name,
          AttributeValue: value,
        }),
      );
    }
  }

  async end(topicArn: string, subscription: string): Promise<void> {
    await this.#snsOf(topicArn).send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
  }

  async #list(topicArn: string): Promise<Subscribers> {
    const sns = this.#snsOf(topicArn);
    try {
      return await byQueue(subscriptionsOf(sns, topicArn));
    } catch (error) {
      if (isNotFound(error)) return new Map();
      if (!isAccessDenied(error)) throw error;
      // Somebody else's topic shows us no list, but the subscriptions we made are our own account's.
      return byQueue(ownSubscriptionsOf(sns, topicArn));
    }
  }

  #snsOf(topicArn: string): SNSClient {
    return this.clients.snsIn(regionOf(topicArn));
  }
}

async function byQueue(subscriptions: AsyncIterable<ListedSubscription>): Promise<Subscribers> {
  const found = new Map<string, string>();
  for await (const { arn, endpoint } of subscriptions) found.set(endpoint, arn);
  return found;
}
