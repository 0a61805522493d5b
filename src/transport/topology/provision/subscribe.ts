import {
  paginateListSubscriptions,
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
  type SNSClient,
  type Subscription,
} from '@aws-sdk/client-sns';

import { subscriptionAttributes } from '../declare/subscription-attributes.js';
import type { SubscriptionDeclaration } from '../declare/topology.js';

/** A queue's subscription as a topic lists it. */
export interface ListedSubscription {
  readonly arn: string;
  /** ARN of the queue. */
  readonly endpoint: string;
}

/** A subscription that is there already with the same attributes is left as it is. @returns its ARN. */
export async function subscribeQueue(
  sns: SNSClient,
  topicArn: string,
  queueArn: string,
  declared: SubscriptionDeclaration,
  deadLetterArn?: string,
): Promise<string> {
  const { SubscriptionArn: arn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: subscriptionAttributes(declared, deadLetterArn),
      ReturnSubscriptionArn: true,
    }),
  );
  return arn;
}

/** Those of a topic, whoever made them. */
export const subscriptionsOf = (
  sns: SNSClient,
  topicArn: string,
): AsyncGenerator<ListedSubscription> =>
  confirmed(paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn }), topicArn);

/** Those that this account made to a topic, which may be somebody else's. */
export const ownSubscriptionsOf = (
  sns: SNSClient,
  topicArn: string,
): AsyncGenerator<ListedSubscription> =>
  confirmed(paginateListSubscriptions({ client: sns }, {}), topicArn);

/** Of those that await their confirmation SNS gives no ARN. */
async function* confirmed(
  pages: AsyncIterable<{ readonly Subscriptions?: Subscription[] | undefined }>,
  topicArn: string,
): AsyncGenerator<ListedSubscription> {
  for await (const { Subscriptions: subscriptions = [] } of pages) {
    for (const {
      TopicArn: topic,
      SubscriptionArn: arn = '',
      Endpoint: endpoint = '',
    } of subscriptions) {
      if (topic === topicArn && arn.startsWith('arn:')) yield { arn, endpoint };
    }
  }
}
