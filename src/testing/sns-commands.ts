import type {
  CreateTopicCommandInput,
  GetSubscriptionAttributesCommandInput,
  PublishBatchCommandInput,
  PublishCommandInput,
  SetSubscriptionAttributesCommandInput,
  SetTopicAttributesCommandInput,
  SubscribeCommandInput,
  TagResourceCommandInput,
} from '@aws-sdk/client-sns';
import { randomUUID } from 'node:crypto';

import { parseArn, siblingArn } from '../common/arn.js';
import type { WireAttribute } from '../transport/broker/broker.js';
import { isFifoName } from '../common/resource-names.js';
import type { MemoryBroker, PutOutcome } from '../transport/broker/memory/memory.broker.js';
import { answered } from './sqs-commands.js';

type Of<T> = { readonly TopicArn: string | undefined } & T;
type Entry = NonNullable<PublishBatchCommandInput['PublishBatchRequestEntries']>[number];

/** `arn:aws:sns:region:account:topic:id` → the topic's ARN. */
const topicOf = (subscription: string): string =>
  siblingArn(subscription, parseArn(subscription)?.resource.split(':')[0] ?? '');

/** Calls of SNS, by the names of the SDK's commands. */
export const snsCommands = (broker: MemoryBroker) => {
  const { topics } = broker;
  const publish = async (arn: string, entries: readonly Entry[]): Promise<PutOutcome[]> =>
    broker.send(
      { kind: 'topic', address: arn, fifo: isFifoName(arn) },
      entries.map((entry) => ({
        id: entry.MessageDeduplicationId ?? randomUUID(),
        body: entry.Message ?? '',
        attributes: (entry.MessageAttributes ?? {}) as Record<string, WireAttribute>,
        subject: entry.Subject,
        group: entry.MessageGroupId,
      })),
    );
  const listed = async (arn: string) => {
    const found: object[] = [];
    for await (const { arn: SubscriptionArn, endpoint: Endpoint } of topics.subscriptions(arn))
      found.push({ SubscriptionArn, Endpoint, TopicArn: arn, Protocol: 'sqs' });
    return found;
  };
  const topicArns = async (): Promise<string[]> => {
    const found: string[] = [];
    for await (const arn of topics.list()) found.push(arn);
    return found;
  };
  return {
    CreateTopicCommand: async (input: CreateTopicCommandInput) => ({
      TopicArn: await topics.create(input.Name ?? '', input.Attributes ?? {}, tagsOf(input.Tags)),
    }),
    DeleteTopicCommand: async ({ TopicArn: arn = '' }: Of<object>) => topics.delete(arn),
    ListTopicsCommand: async () => ({
      Topics: (await topicArns()).map((TopicArn) => ({ TopicArn })),
    }),
    GetTopicAttributesCommand: async ({ TopicArn: arn = '' }: Of<object>) => ({
      Attributes: await topics.attributesOf(arn),
    }),
    SetTopicAttributesCommand: (input: SetTopicAttributesCommandInput) =>
      topics.setAttribute(
        input.TopicArn ?? '',
        input.AttributeName ?? '',
        input.AttributeValue ?? '',
      ),
    TagResourceCommand: (input: TagResourceCommandInput) =>
      topics.tag(input.ResourceArn ?? '', tagsOf(input.Tags)),
    ListTagsForResourceCommand: async ({ ResourceArn: arn = '' }: { ResourceArn?: string }) => ({
      Tags: Object.entries(await topics.tagsOf(arn)).map(([Key, Value]) => ({ Key, Value })),
    }),
    SubscribeCommand: async (input: SubscribeCommandInput) => ({
      SubscriptionArn: await topics.subscribe(
        input.TopicArn ?? '',
        input.Endpoint ?? '',
        input.Attributes ?? {},
      ),
    }),
    UnsubscribeCommand: ({ SubscriptionArn: arn = '' }: { SubscriptionArn?: string }) =>
      topics.unsubscribe(topicOf(arn), arn),
    ListSubscriptionsByTopicCommand: async ({ TopicArn: arn = '' }: Of<object>) => ({
      Subscriptions: await listed(arn),
    }),
    ListSubscriptionsCommand: async () => ({
      Subscriptions: (await Promise.all((await topicArns()).map(listed))).flat(),
    }),
    GetSubscriptionAttributesCommand: async (input: GetSubscriptionAttributesCommandInput) => {
      const arn = input.SubscriptionArn ?? '';
      return { Attributes: await topics.subscriptionAttributes(topicOf(arn), arn) };
    },
    SetSubscriptionAttributesCommand: (input: SetSubscriptionAttributesCommandInput) => {
      const { SubscriptionArn: arn = '', AttributeName: name = '' } = input;
      return topics.setSubscriptionAttribute(topicOf(arn), arn, name, input.AttributeValue ?? '');
    },
    PublishCommand: async (input: PublishCommandInput) => {
      const [outcome] = await publish(input.TopicArn ?? '', [{ Id: '0', ...input }]);
      if (outcome && !outcome.ok) throw outcome.error;
      return { MessageId: outcome?.id };
    },
    PublishBatchCommand: async (input: PublishBatchCommandInput) => {
      const entries = input.PublishBatchRequestEntries ?? [];
      return answered(entries, await publish(input.TopicArn ?? '', entries));
    },
  };
};

const tagsOf = (
  tags: readonly { readonly Key?: string | undefined; readonly Value?: string | undefined }[] = [],
) => Object.fromEntries(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]));
