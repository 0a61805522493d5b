import { siblingArn, isArn } from '../../../common/arn.js';
import { lastPart } from '../../../common/resource-names.js';
import { reviewSubscription, subscriptionAttributes } from '../declare/subscription-attributes.js';
import type { QueueDeclaration, SubscriptionDeclaration } from '../declare/topology.js';
import type { PlanDraft, Step } from './plan-draft.js';
import type { SubscriptionCalls } from './subscription.calls.js';
import { subscriptionKey, type ExistingQueue, type TopologyState } from './topology-state.js';

/** Plans the changes that subscriptions of queues need. */
export class SubscriptionPlanner {
  constructor(
    private readonly calls: SubscriptionCalls,
    private readonly state: TopologyState,
    private readonly draft: PlanDraft,
  ) {}

  /** Plans the declared subscriptions of a queue, in order. */
  async plan({ name, from = [] }: QueueDeclaration): Promise<Step[]> {
    const steps = await Promise.all(from.map((declared) => this.#planOne(name, declared)));
    return steps.flat();
  }

  /** Plans the removal of subscriptions that are no longer declared. */
  async planEnds(queue: ExistingQueue, topicArns: readonly string[]): Promise<Step[]> {
    const steps = await Promise.all(
      topicArns.map(async (topicArn): Promise<Step[]> => {
        const subscription = (await this.calls.subscribers(topicArn)).get(queue.arn);
        if (subscription === undefined) return [];
        return [
          {
            change: {
              action: 'delete',
              kind: 'subscription',
              name: `${queue.name} to ${lastPart(topicArn)}`,
              differences: [],
              settings: {},
            },
            apply: () => this.calls.end(topicArn, subscription),
          },
        ];
      }),
    );
    return steps.flat();
  }

  /** Warns of subscriptions that another program made; they are left unchanged. */
  async warnOfOthers(
    { name, arn }: ExistingQueue,
    own: readonly string[],
    topicArns: Iterable<string>,
  ): Promise<void> {
    for (const topicArn of topicArns) {
      if (!own.includes(topicArn) && (await this.calls.subscribers(topicArn)).has(arn))
        this.draft.warnings.push(
          `The queue ${name} is subscribed to ${topicArn} as well, which the topology does not declare`,
        );
    }
  }

  async #planOne(queueName: string, declared: SubscriptionDeclaration): Promise<Step[]> {
    const { topic } = declared;
    const topicArn = this.state.topics.get(topic)?.arn ?? (isArn(topic) ? topic : undefined);
    const queue = this.state.queues.get(queueName);
    const existing =
      topicArn !== undefined && queue
        ? (await this.calls.subscribers(topicArn)).get(queue.arn)
        : undefined;
    if (topicArn === undefined || !queue || existing === undefined)
      return [this.#create(queueName, declared)];
    return this.#planExisting(queue, topicArn, existing, declared);
  }

  #create(queueName: string, declared: SubscriptionDeclaration): Step {
    const { topic, deadLetter } = declared;
    return {
      change: {
        action: 'create',
        kind: 'subscription',
        name: `${queueName} to ${lastPart(topic)}`,
        differences: [],
        settings: subscriptionAttributes(declared, deadLetter || undefined),
      },
      apply: async (state) => {
        const { arn: queueArn } = state.queue(queueName);
        const deadLetterArn = deadLetterArnOf(deadLetter, queueArn);
        const arn = await this.calls.subscribe(
          state.topicArn(topic),
          queueArn,
          declared,
          deadLetterArn,
        );
        const attributes = subscriptionAttributes(declared, deadLetterArn);
        state.subscriptions.set(subscriptionKey(topic, queueName), { arn, attributes });
      },
    };
  }

  async #planExisting(
    queue: ExistingQueue,
    topicArn: string,
    subscription: string,
    declared: SubscriptionDeclaration,
  ): Promise<Step[]> {
    const key = subscriptionKey(declared.topic, queue.name);
    const name = `${queue.name} to ${lastPart(topicArn)}`;
    const attributes = await this.calls.attributesOf(topicArn, queue.arn, subscription);
    this.state.subscriptions.set(key, { arn: subscription, attributes });
    if (attributes === undefined) {
      this.draft.warnings.push(
        `subscription of ${name}: only the topic's owner may look at it, it is taken as it is`,
      );
      return [];
    }
    const { differences, steps } = reviewSubscription(
      attributes,
      declared,
      deadLetterArnOf(declared.deadLetter, queue.arn),
    );
    if (differences.length === 0) return [];
    const settings = Object.fromEntries(steps);
    return [
      {
        change: { action: 'change', kind: 'subscription', name, differences, settings },
        apply: async (state) => {
          await this.calls.set(topicArn, subscription, steps);
          const now = { ...attributes, ...settings };
          state.subscriptions.set(key, { arn: subscription, attributes: now });
        },
      },
    ];
  }
}

/** A declared queue is in the account and region of the subscribed one. */
const deadLetterArnOf = (
  deadLetter: string | false | undefined,
  queueArn: string,
): string | undefined => {
  if (!deadLetter) return undefined;
  return isArn(deadLetter) ? deadLetter : siblingArn(queueArn, deadLetter);
};
