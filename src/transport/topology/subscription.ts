import {
  paginateListSubscriptionsByTopic,
  SubscribeCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';

import type { SubscriptionDeclaration } from './topology.js';

/** A queue's subscription as a topic lists it. */
export interface ListedSubscription {
  readonly arn: string;
  /** ARN of the queue. */
  readonly endpoint: string;
}

export function subscriptionAttributes({
  raw = true,
  filterPolicy,
}: SubscriptionDeclaration): Record<string, string> {
  return {
    RawMessageDelivery: String(raw),
    ...(filterPolicy && { FilterPolicy: JSON.stringify(filterPolicy) }),
  };
}

/** A subscription that is there already with the same attributes is left as it is. @returns its ARN. */
export async function subscribeQueue(
  sns: SNSClient,
  topicArn: string,
  queueArn: string,
  declared: SubscriptionDeclaration,
): Promise<string> {
  const { SubscriptionArn: arn = '' } = await sns.send(
    new SubscribeCommand({
      TopicArn: topicArn,
      Protocol: 'sqs',
      Endpoint: queueArn,
      Attributes: subscriptionAttributes(declared),
      ReturnSubscriptionArn: true,
    }),
  );
  return arn;
}

/** Confirmed ones: of the others SNS gives no ARN. */
export async function* subscriptionsOf(
  sns: SNSClient,
  topicArn: string,
): AsyncGenerator<ListedSubscription> {
  const pages = paginateListSubscriptionsByTopic({ client: sns }, { TopicArn: topicArn });
  for await (const { Subscriptions: subscriptions = [] } of pages) {
    for (const { SubscriptionArn: arn = '', Endpoint: endpoint = '' } of subscriptions) {
      if (arn.startsWith('arn:')) yield { arn, endpoint };
    }
  }
}
