import type { BrokerTopics } from '../../broker/broker.js';
import { isAccessDenied, isNotFound } from '../../broker/broker.errors.js';
import { isFifoName, lastPart } from '../../../common/resource-names.js';
import { forCreation, type Settings } from '../declare/settings.js';
import { topicSettings } from '../declare/topic-settings.js';
import type { Tags, TopicDeclaration } from '../declare/topology.js';
import { NOT_THERE_YET, retryUntilConsistent } from './retry-until-consistent.js';

/** Calls to the broker about topics, with their retries. */
export class TopicCalls {
  constructor(private readonly topics: BrokerTopics) {}

  /** ARNs of the existing topics, by name. */
  async find(names: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
    const arns = new Map<string, string>();
    if (names.size === 0) return arns;
    for await (const arn of this.topics.list()) {
      if (names.has(lastPart(arn))) arns.set(lastPart(arn), arn);
      if (arns.size === names.size) break;
    }
    return arns;
  }

  /** Attributes of a topic; those of a new one are not visible everywhere at once. */
  settingsOf(arn: string): Promise<Settings> {
    return this.#onceKnown(arn, () => this.topics.attributesOf(arn));
  }

  /** Attributes of a topic in any region; none if its owner does not show them. */
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

  /** @returns its ARN, also if another process created it meanwhile. */
  create(topic: TopicDeclaration): Promise<string> {
    return this.topics.create(topic.name, newTopicAttributes(topic), topic.tags ?? {});
  }

  set(arn: string, name: string, value: string): Promise<void> {
    return this.topics.setAttribute(arn, name, value);
  }

  tag(arn: string, tags: Tags): Promise<void> {
    return this.topics.tag(arn, tags);
  }

  /** Retries, because another process may have just created it. */
  #onceKnown<T>(arn: string, look: () => Promise<T>): Promise<T> {
    return retryUntilConsistent({ topic: lastPart(arn) }, NOT_THERE_YET, look);
  }
}

/** The attributes of a new topic. */
export const newTopicAttributes = (topic: TopicDeclaration): Record<string, string> => ({
  ...(isFifoName(topic.name) && { FifoTopic: 'true' }),
  ...(forCreation(topicSettings(topic)) as Record<string, string>),
});
