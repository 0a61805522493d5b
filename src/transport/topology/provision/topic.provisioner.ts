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

import type { Differences } from '../declare/differences.js';
import { isArn, isFifoName, lastPart } from '../declare/names.js';
import { forCreation, inWords } from '../declare/settings.js';
import { missingTags } from '../declare/tags.js';
import { differing, settingsOf, topicSettings } from '../declare/topic-settings.js';
import type { Tags, TopicDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, waitOut } from './wait-out.js';

/** Finds topics, and creates or changes them where the differences are to be mended. */
export class TopicProvisioner {
  constructor(
    private readonly sns: SNSClient,
    private readonly differences: Differences,
  ) {}

  /** ARN of each topic that is there; foreign ones are taken as named. */
  async ensure(topics: readonly TopicDeclaration[]): Promise<Map<string, string>> {
    const own = topics.filter(({ name }) => !isArn(name));
    const existing = await this.#existing(new Set(own.map(({ name }) => name)));
    const arns = new Map(
      topics.filter(({ name }) => isArn(name)).map(({ name }) => [name, name] as const),
    );
    for (const topic of own) {
      const found = existing.get(topic.name);
      const arn =
        found ??
        (await this.differences.mend([`topic ${topic.name} does not exist`], () =>
          this.#create(topic),
        ));
      if (arn !== undefined) arns.set(topic.name, arn);
      if (found !== undefined) await this.#bringUpToDate(topic, found);
    }
    return arns;
  }

  async #existing(names: ReadonlySet<string>): Promise<Map<string, string>> {
    const arns = new Map<string, string>();
    if (names.size === 0) return arns;
    for await (const { Topics: topics = [] } of paginateListTopics({ client: this.sns }, {})) {
      for (const { TopicArn: arn = '' } of topics) {
        if (names.has(lastPart(arn))) arns.set(lastPart(arn), arn);
      }
      if (arns.size === names.size) break;
    }
    return arns;
  }

  async #create(topic: TopicDeclaration): Promise<string> {
    const { name, tags = {} } = topic;
    const { TopicArn: arn = '' } = await this.sns.send(
      new CreateTopicCommand({
        Name: name,
        Attributes: {
          ...(isFifoName(name) && { FifoTopic: 'true' }),
          ...forCreation(topicSettings(topic)),
        },
        Tags: tagList(tags),
      }),
    );
    return arn;
  }

  async #bringUpToDate(topic: TopicDeclaration, arn: string): Promise<void> {
    await this.#set(topic, arn);
    await this.#tag(topic, arn);
  }

  async #set(topic: TopicDeclaration, arn: string): Promise<void> {
    const wanted = topicSettings(topic);
    if (Object.keys(wanted).length === 0) return;
    const { Attributes: attributes } = await this.#onceKnown(topic.name, () =>
      this.sns.send(new GetTopicAttributesCommand({ TopicArn: arn })),
    );
    const is = settingsOf(attributes);
    for (const name of differing(is, wanted)) {
      const set = new SetTopicAttributesCommand({
        TopicArn: arn,
        AttributeName: name,
        AttributeValue: wanted[name],
      });
      await this.differences.mend([`topic ${topic.name}: ${inWords(name, is, wanted)}`], () =>
        this.sns.send(set),
      );
    }
  }

  async #tag({ name, tags: declared = {} }: TopicDeclaration, arn: string): Promise<void> {
    if (Object.keys(declared).length === 0) return;
    const { Tags: is = [] } = await this.#onceKnown(name, () =>
      this.sns.send(new ListTagsForResourceCommand({ ResourceArn: arn })),
    );
    const { differences, tags } = missingTags(
      Object.fromEntries(is.map(({ Key: key = '', Value: value = '' }) => [key, value])),
      declared,
    );
    await this.differences.mend(
      differences.map((difference) => `topic ${name}: ${difference}`),
      () => this.sns.send(new TagResourceCommand({ ResourceArn: arn, Tags: tagList(tags) })),
    );
  }

  /** Another process may have made it just now. */
  #onceKnown<T>(name: string, look: () => Promise<T>): Promise<T> {
    return waitOut(`The topic ${name} is new`, NOT_THERE_YET, look);
  }
}

const tagList = (tags: Tags): Tag[] => Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
