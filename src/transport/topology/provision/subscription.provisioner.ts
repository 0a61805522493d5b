import {
  GetSubscriptionAttributesCommand,
  SetSubscriptionAttributesCommand,
  UnsubscribeCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';
import { Logger } from '@nestjs/common';

import { isAccessDenied, isNotFound, type AwsClients } from '../../../aws/index.js';
import { parseArn, regionOf } from '../declare/arn.js';
import type { Differences } from '../declare/differences.js';
import { lastPart } from '../declare/names.js';
import { reviewSubscription } from '../declare/subscription-attributes.js';
import {
  ownSubscriptionsOf,
  subscribeQueue,
  subscriptionsOf,
  type ListedSubscription,
} from '../declare/subscription.js';
import type { SubscriptionDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, waitOut } from './wait-out.js';

/** ARNs of a topic's subscriptions by the ARN of their queue. */
type Subscribers = ReadonlyMap<string, string>;

/** Finds subscriptions of queues, and makes, changes or ends them where differences are to be mended. */
export class SubscriptionProvisioner {
  readonly #logger = new Logger('Topology');
  readonly #subscribers = new Map<string, Promise<Subscribers>>();

  constructor(
    /** A topic is asked in its own region, wherever the queue is. */
    private readonly clients: Pick<AwsClients, 'snsIn'>,
    private readonly differences: Differences,
  ) {}

  async ensure(
    topicArn: string,
    queueArn: string,
    declared: SubscriptionDeclaration,
  ): Promise<void> {
    const existing = (await this.subscribers(topicArn)).get(queueArn);
    if (existing !== undefined) return this.#bringUpToDate(topicArn, queueArn, existing, declared);
    await this.differences.mend([`${subject(topicArn, queueArn)} does not exist`], () =>
      waitOut(`The topic ${lastPart(topicArn)} is new`, NOT_THERE_YET, () =>
        subscribeQueue(this.#snsOf(topicArn), topicArn, queueArn, declared),
      ),
    );
  }

  /** Ends a subscription that is declared no longer, if it is still there. */
  async end(topicArn: string, queueArn: string): Promise<void> {
    const existing = (await this.subscribers(topicArn)).get(queueArn);
    if (existing === undefined) return;
    await this.differences.mend(
      [`${subject(topicArn, queueArn)} exists, but is not declared`],
      () => this.#snsOf(topicArn).send(new UnsubscribeCommand({ SubscriptionArn: existing })),
    );
  }

  /** The queues subscribed to a topic; none to one that is gone. */
  subscribers(topicArn: string): Promise<Subscribers> {
    const known = this.#subscribers.get(topicArn) ?? this.#list(topicArn);
    this.#subscribers.set(topicArn, known);
    return known;
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

  async #bringUpToDate(
    topicArn: string,
    queueArn: string,
    subscription: string,
    declared: SubscriptionDeclaration,
  ): Promise<void> {
    const sns = this.#snsOf(topicArn);
    const what = subject(topicArn, queueArn);
    const is = await this.#attributesOf(topicArn, queueArn, subscription);
    if (is === undefined) {
      this.#logger.warn(`${what}: only the topic's owner may look at it, it is taken as it is`);
      return;
    }
    const { differences, steps } = reviewSubscription(is, declared);
    await this.differences.mend(
      differences.map((difference) => `${what}: ${difference}`),
      async () => {
        for (const [name, value] of steps) {
          await sns.send(
            new SetSubscriptionAttributesCommand({
              SubscriptionArn: subscription,
              AttributeName: name,
              AttributeValue: value,
            }),
          );
        }
      },
    );
  }

  /** Undefined where another account made the subscription to its topic. */
  async #attributesOf(
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
      const foreign = parseArn(topicArn, 'sns')?.account !== parseArn(queueArn, 'sqs')?.account;
      if (foreign && (isAccessDenied(error) || isNotFound(error))) return undefined;
      throw error;
    }
  }

  #snsOf(topicArn: string): SNSClient {
    return this.clients.snsIn(regionOf(topicArn));
  }
}

const subject = (topicArn: string, queueArn: string): string =>
  `subscription of ${lastPart(queueArn)} to ${lastPart(topicArn)}`;

async function byQueue(subscriptions: AsyncIterable<ListedSubscription>): Promise<Subscribers> {
  const found = new Map<string, string>();
  for await (const { arn, endpoint } of subscriptions) found.set(endpoint, arn);
  return found;
}
