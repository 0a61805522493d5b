import type { BrokerTopics } from '../../broker/broker.js';
import { isAccessDenied, isNotFound } from '../../broker/broker.errors.js';
import { isFifoName, lastPart } from '../declare/names.js';
import { forCreation, type Settings } from '../declare/settings.js';
import { topicSettings } from '../declare/topic-settings.js';
import type { Tags, TopicDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, retryUntilConsistent } from './retry-until-consistent.js';

/** What is asked of the broker about topics, with the patience it needs. */
export class TopicCalls {
  constructor(private readonly topics: BrokerTopics) {}

  /** ARNs of those that are there, by their names. */
  async find(names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const arns = new Map<string, string>();
    if (names.size === 0) return arns;
    for await (const arn of this.topics.list()) {
      if (names.has(lastPart(arn))) arns.set(lastPart(arn), arn);
      if (arns.size === names.size) break;
    }
    return arns;
  }

  /** Attributes of a topic; those of a new one are not known everywhere at once. */
  settingsOf(arn: string): Promise<Settings> {
    return this.#onceKnown(arn, () => this.topics.attributesOf(arn));
  }

  /** Attributes of a topic, of whatever region; none where its owner does not show them. */
  async shownSettingsOf(arn: string): Promise<Settings> {
    try {
      return await this.topics.attributesOf(arn);
    } catch (error) {
      if (isAccessDenied(error) || isNotFound(error)) return {};
      throw error;
    }
  }

  tagsOf(arn: string): Promise<Tags> {
    return this.#onceKnown(arn, () => this.topics.tagsOf(arn));
  }

  /** @returns its ARN; of one that another process made meanwhile as well. */
  create(topic: TopicDeclaration): Promise<string> {
    return this.topics.create(topic.name, newTopicAttributes(topic), topic.tags ?? {});
  }

  set(arn: string, name: string, value: string): Promise<void> {
    return this.topics.setAttribute(arn, name, value);
  }

  tag(arn: string, tags: Tags): Promise<void> {
    return this.topics.tag(arn, tags);
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
