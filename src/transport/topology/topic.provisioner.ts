import {
  CreateTopicCommand,
  GetSubscriptionAttributesCommand,
  paginateListTopics,
  SetSubscriptionAttributesCommand,
  type SNSClient,
} from '@aws-sdk/client-sns';

import type { Differences } from './differences.js';
import { isArn, isFifoName, lastPart } from './names.js';
import { subscribeQueue, subscriptionAttributes, subscriptionsOf } from './subscription.js';
import type { SubscriptionDeclaration } from './topology.js';

/** Finds topics and subscriptions, and creates or changes them where differences are to be mended. */
export class TopicProvisioner {
  constructor(
    private readonly sns: SNSClient,
    private readonly differences: Differences,
  ) {}

  /** ARN of each topic that is there; foreign ones are taken as named. */
  async ensure(names: readonly string[]): Promise<Map<string, string>> {
    const own = names.filter((name) => !isArn(name));
    const arns = own.length > 0 ? await this.#existing(new Set(own)) : new Map<string, string>();
    for (const name of names) {
      if (isArn(name)) arns.set(name, name);
      else if (!arns.has(name)) {
        const arn = await this.differences.mend(`topic ${name} does not exist`, () =>
          this.#create(name),
        );
        if (arn !== undefined) arns.set(name, arn);
      }
    }
    return arns;
  }

  async #existing(names: ReadonlySet<string>): Promise<Map<string, string>> {
    const arns = new Map<string, string>();
    for await (const { Topics: topics = [] } of paginateListTopics({ client: this.sns }, {})) {
      for (const { TopicArn: arn = '' } of topics) {
        if (names.has(lastPart(arn))) arns.set(lastPart(arn), arn);
      }
      if (arns.size === names.size) break;
    }
    return arns;
  }

  async #create(name: string): Promise<string> {
    const { TopicArn: arn = '' } = await this.sns.send(
      new CreateTopicCommand({
        Name: name,
        ...(isFifoName(name) && { Attributes: { FifoTopic: 'true' } }),
      }),
    );
    return arn;
  }

  async subscribe(
    topicArn: string,
    queueArn: string,
    declared: SubscriptionDeclaration,
  ): Promise<void> {
    const wanted = subscriptionAttributes(declared);
    const subject = `subscription of ${lastPart(queueArn)} to ${lastPart(topicArn)}`;
    const existing = await this.#subscription(topicArn, queueArn);
    if (existing === undefined) {
      await this.differences.mend(`${subject} does not exist`, () =>
        subscribeQueue(this.sns, topicArn, queueArn, declared),
      );
      return;
    }
    const { Attributes: is = {} } = await this.sns.send(
      new GetSubscriptionAttributesCommand({ SubscriptionArn: existing }),
    );
    for (const [name, value] of Object.entries(wanted)) {
      if ((is[name] ?? 'false') === value) continue;
      await this.differences.mend(
        `${subject}: ${name} is ${is[name] ?? 'not set'}, declared ${value}`,
        () =>
          this.sns.send(
            new SetSubscriptionAttributesCommand({
              SubscriptionArn: existing,
              AttributeName: name,
              AttributeValue: value,
            }),
          ),
      );
    }
  }

  async #subscription(topicArn: string, queueArn: string): Promise<string | undefined> {
    for await (const { arn, endpoint } of subscriptionsOf(this.sns, topicArn)) {
      if (endpoint === queueArn) return arn;
    }
    return undefined;
  }
}
