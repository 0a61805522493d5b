import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  paginateListSubscriptions,
  paginateListSubscriptionsByTopic,
  paginateListTopics,
  SetSubscriptionAttributesCommand,
  SetTopicAttributesCommand,
  SubscribeCommand,
  TagResourceCommand,
  UnsubscribeCommand,
  type SNSClient,
  type Subscription,
  type Tag,
} from '@aws-sdk/client-sns';

import { regionOf, isArn } from '../../../common/arn.js';
import type { AwsClients } from '../../../aws/index.js';
import type { BrokerAttributes, BrokerTags, BrokerTopics, ListedSubscription } from '../broker.js';

/** SNS topics. Each call goes to the topic's own region, which may differ from that of the queues. */
export class SnsTopics implements BrokerTopics {
  constructor(private readonly aws: Pick<AwsClients, 'sns' | 'snsIn'>) {}

  async *list(): AsyncGenerator<string> {
    for await (const { Topics: topics = [] } of paginateListTopics({ client: this.aws.sns }, {}))
      for (const { TopicArn: arn = '' } of topics) yield arn;
  }

  async attributesOf(arn: string): Promise<BrokerAttributes> {
    const { Attributes: attributes = {} } = await this.#of(arn).send(
      new GetTopicAttributesCommand({ TopicArn: arn }),
    );
    return attributes;
  }

  async setAttribute(arn: string, name: string, value: string): Promise<void> {
    await this.#of(arn).send(
      new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: name, AttributeValue: value }),
    );
  }

  async create(name: string, attributes: BrokerAttributes, tags: BrokerTags): Promise<string> {
    const { TopicArn: arn = '' } = await this.aws.sns.send(
      new CreateTopicCommand({
        Name: name,
        Attributes: attributes as Record<string, string>,
        Tags: tagList(tags),
      }),
    );
    return arn;
  }

  async tagsOf(arn: string): Promise<BrokerTags> {
    const { Tags: tags = [] } = await this.#of(arn).send(
      new ListTagsForResourceCommand({ ResourceArn: arn }),
    );
    return Object.fromEntries(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]));
  }

  async tag(arn: string, tags: BrokerTags): Promise<void> {
    await this.#of(arn).send(new TagResourceCommand({ ResourceArn: arn, Tags: tagList(tags) }));
  }

  async subscribe(
    topicArn: string,
    queueArn: string,
    attributes: BrokerAttributes,
  ): Promise<string> {
    const { SubscriptionArn: arn = '' } = await this.#of(topicArn).send(
      new SubscribeCommand({
        TopicArn: topicArn,
        Protocol: 'sqs',
        Endpoint: queueArn,
        Attributes: attributes as Record<string, string>,
        ReturnSubscriptionArn: true,
      }),
    );
    return arn;
  }

  subscriptions(topicArn: string): AsyncIterable<ListedSubscription> {
    const client = this.#of(topicArn);
    return confirmed(
      paginateListSubscriptionsByTopic({ client }, { TopicArn: topicArn }),
      topicArn,
    );
  }

  ownSubscriptions(topicArn: string): AsyncIterable<ListedSubscription> {
    return confirmed(paginateListSubscriptions({ client: this.#of(topicArn) }, {}), topicArn);
  }

  async subscriptionAttributes(topicArn: string, subscription: string): Promise<BrokerAttributes> {
    const { Attributes: attributes = {} } = await this.#of(topicArn).send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: subscription }),
    );
    return attributes;
  }

  async setSubscriptionAttribute(
    topicArn: string,
    subscription: string,
    name: string,
    value: string,
  ): Promise<void> {
    await this.#of(topicArn).send(
      new SetSubscriptionAttributesCommand({
        SubscriptionArn: subscription,
        AttributeName: name,
        AttributeValue: value,
      }),
    );
  }

  async unsubscribe(topicArn: string, subscription: string): Promise<void> {
    await this.#of(topicArn).send(new UnsubscribeCommand({ SubscriptionArn: subscription }));
  }

  #of(topicArn: string): SNSClient {
    return this.aws.snsIn(regionOf(topicArn));
  }
}

const tagList = (tags: BrokerTags): Tag[] =>
  Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));

/** Leaves out pending subscriptions: SNS lists them without an ARN. */
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
      if (topic === topicArn && isArn(arn)) yield { arn, endpoint };
    }
  }
}
