import { isArn } from '../../../common/arn.js';
import type { BrokerAttributes } from '../../broker/broker.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import type { Settings } from '../declare/settings.js';

/** A queue as AWS has it. */
export interface ExistingQueue {
  /** As it is declared: a name, URL or ARN. */
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly attributes: QueueAttributes;
}

/** A topic as AWS has it. */
export interface ExistingTopic {
  readonly arn: string;
  /** Empty if they were not read, or are not shown to this account. */
  readonly settings: Settings;
}

/** A queue's subscription as AWS has it. */
interface ExistingSubscription {
  readonly arn: string;
  /** Undefined if only the topic's owner may read them. */
  readonly attributes: BrokerAttributes | undefined;
}

/** The existing resources of a topology. Grows while a plan is applied. */
export class TopologyState {
  /** By the names they are declared with. */
  readonly queues = new Map<string, ExistingQueue>();
  /** By the names they are declared with. */
  readonly topics = new Map<string, ExistingTopic>();
  /** By topic and queue, see `subscriptionKey`. */
  readonly subscriptions = new Map<string, ExistingSubscription>();
  /** URLs of dead-letter queues, by the declared name of their queue. */
  readonly deadLetterUrls = new Map<string, string>();

  /** @throws Error if a step comes before the one that creates its queue. */
  queue(name: string): ExistingQueue {
    const queue = this.queues.get(name);
    if (!queue) throw new Error(`The queue ${name} is not there yet`);
    return queue;
  }

  /** @throws Error if a step comes before the one that creates its topic. */
  topicArn(topic: string): string {
    const arn = this.topics.get(topic)?.arn ?? (isArn(topic) ? topic : undefined);
    if (arn === undefined) throw new Error(`The topic ${topic} is not there yet`);
    return arn;
  }
}

export const subscriptionKey = (topic: string, queue: string): string => `${topic}\n${queue}`;
