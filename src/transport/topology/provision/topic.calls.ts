import {
  CreateTopicCommand,
  GetTopicAttributesCommand,
  ListTagsForResourceCommand,
  paginateListTopics,
  SetTopicAttributesCommand,
  TagResourceCommand,
  type SNSClient,
  type Tag,
} from '@aws-sdk/client-sns';

import { isAccessDenied, isNotFound, type AwsClients } from '../../../aws/index.js';
import { regionOf } from '../declare/arn.js';
import { isFifoName, lastPart } from '../declare/names.js';
import { forCreation, type Settings } from '../declare/settings.js';
import { topicSettings } from '../declare/topic-settings.js';
import type { Tags, TopicDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, retryUntilConsistent } from './retry-until-consistent.js';

/** What is asked of SNS about topics. */
export class TopicCalls {
  constructor(private readonly clients: Pick<AwsClients, 'sns' | 'snsIn'>) {}

  /** ARNs of those that are there, by their names. */
  async find(names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const arns = new Map<string, string>();
    if (names.size === 0) return arns;
    for await (const { Topics: topics = [] } of paginateListTopics({ client: this.#sns }, {})) {
      for (const { TopicArn: arn = '' } of topics) {
        if (names.has(lastPart(arn))) arns.set(lastPart(arn), arn);
      }
      if (arns.size === names.size) break;
    }
    return arns;
  }

  /** Attributes of a topic; those of a new one are not known everywhere at once. */
  async settingsOf(arn: string): Promise<Settings> {
    const { Attributes: attributes = {} } = await this.#onceKnown(arn, () =>
      this.#sns.send(new GetTopicAttributesCommand({ TopicArn: arn })),
    );
    return attributes;
  }

  /** Attributes of a topic, of whatever region; none where its owner does not show them. */
  async shownSettingsOf(arn: string): Promise<Settings> {
    try {
      const { Attributes: attributes = {} } = await this.clients
        .snsIn(regionOf(arn))
        .send(new GetTopicAttributesCommand({ TopicArn: arn }));
      return attributes;
    } catch (error) {
      if (isAccessDenied(error) || isNotFound(error)) return {};
      throw error;
    }
  }

  async tagsOf(arn: string): Promise<Tags> {
    const { Tags: tags = [] } = await this.#onceKnown(arn, () =>
      this.#sns.send(new ListTagsForResourceCommand({ ResourceArn: arn })),
    );
    return Object.fromEntries(tags.map(({ Key: key = '', Value: value = '' }) => [key, value]));
  }

  /** @returns its ARN; of one that another process made meanwhile as well. */
  async create(topic: TopicDeclaration): Promise<string> {
    const { name, tags = {} } = topic;
    const { TopicArn: arn = '' } = await this.#sns.send(
      new CreateTopicCommand({
        Name: name,
        Attributes: newTopicAttributes(topic),
        Tags: tagList(tags),
      }),
    );
    return arn;
  }

  async set(arn: string, name: string, value: string): Promise<void> {
    await this.#sns.send(
      new SetTopicAttributesCommand({ TopicArn: arn, AttributeName: name, AttributeValue: value }),
    );
  }

  async tag(arn: string, tags: Tags): Promise<void> {
    await this.#sns.send(new TagResourceCommand({ ResourceArn: arn, Tags: tagList(tags) }));
  }

  get #sns(): SNSClient {
    return this.clients.sns;
  }

  /** Another process may have made it just now. */
  #onceKnown<T>(arn: string, look: () => Promise<T>): Promise<T> {
    return retryUntilConsistent(`The topic ${lastPart(arn)} is new`, NOT_THERE_YET, look);
  }
}

/** What a new topic is made with. */
export const newTopicAttributes = (topic: TopicDeclaration): Record<string, string> => ({
  ...(isFifoName(topic.name) && { FifoTopic: 'true' }),
  ...(forCreation(topicSettings(topic)) as Record<string, string>),
});

const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
