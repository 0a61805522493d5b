import type { Broker } from '../../broker/broker.js';
import { arnReferences, grantsOf } from '../declare/queue-grants.js';
import type { DeadLetterTarget } from '../declare/dead-letter-target.js';
import { isForeign } from '../../../common/resource-names.js';
import { reviewPolicy, type PolicyReview } from '../declare/queue-policy.js';
import type { QueueDeclaration, Topology } from '../declare/topology.js';
import { explained } from './look-up-failure.js';
import { PlanDraft, type Step } from './plan-draft.js';
import { QueueCalls } from './queue.calls.js';
import { QueueFinder } from './queue.finder.js';
import { QueuePlanner } from './queue.planner.js';
import { SubscriptionCalls } from './subscription.calls.js';
import { SubscriptionPlanner } from './subscription.planner.js';
import { TopicCalls } from './topic.calls.js';
import { TopicPlanner } from './topic.planner.js';
import { TopologyState, type ExistingQueue } from './topology-state.js';

/** Compares AWS with a topology, without changing anything, and plans the changes. */
export class TopologyPlanner {
  readonly state = new TopologyState();
  readonly draft: PlanDraft;
  readonly #region: string;
  readonly #calls: QueueCalls;
  readonly #topics: TopicPlanner;
  readonly #finder: QueueFinder;
  readonly #queues: QueuePlanner;
  readonly #subscriptions: SubscriptionPlanner;

  /**
   * @param compares whether settings are compared and missing resources can be created; otherwise names are only looked
   * up.
   */
  constructor(
    private readonly topology: Topology,
    { queues, topics, region }: Broker,
    compares: boolean,
  ) {
    this.#region = region;
    const { state } = this;
    this.draft = new PlanDraft(compares);
    this.#calls = new QueueCalls(queues, region);
    const routed = new Set(
      topology.routes.flatMap((route) => ('topic' in route ? [route.topic] : [])),
    );
    this.#topics = new TopicPlanner(new TopicCalls(topics), state, this.draft, routed);
    this.#finder = new QueueFinder(this.#calls, state, this.draft, topology.queues);
    this.#queues = new QueuePlanner(this.#calls, state, this.#finder, topology.queues);
    this.#subscriptions = new SubscriptionPlanner(new SubscriptionCalls(topics), state, this.draft);
  }

  /** The dead-letter queue of a queue. */
  target(declaration: QueueDeclaration): DeadLetterTarget {
    return this.#finder.target(declaration);
  }

  /** Steps in an order in which each finds the resources it needs. */
  async plan(): Promise<Step[]> {
    try {
      return await this.#plan();
    } catch (error) {
      throw explained(error, this.#region);
    }
  }

  async #plan(): Promise<Step[]> {
    const [topics] = await Promise.all([
      this.#topics.plan(this.topology.topics),
      this.#finder.look(),
    ]);
    this.#checkSkip();
    if (!this.draft.compares || this.draft.problems.length > 0) return [];
    const changes = await Promise.all(
      this.topology.queues.map((declaration) => this.#queues.planChanges(declaration)),
    );
    const deliveries = await Promise.all(
      this.topology.queues.map((declaration) => this.#planDelivery(declaration)),
    );
    const creations = this.#queues.planCreations((declaration, queue) =>
      this.#letIn(declaration, queue),
    );
    return [...topics, ...creations, ...changes.flat(), ...deliveries.flat()];
  }

  /** Plans the policy and the subscriptions of a queue. */
  async #planDelivery(declaration: QueueDeclaration): Promise<Step[]> {
    const { name, from, broadcast } = declaration;
    if (broadcast || isForeign(name)) return [];
    const queue = this.state.queues.get(name);
    const review = queue && this.#review(declaration, queue);
    const ends = review ? await this.#subscriptions.planEnds(queue, review.stale) : [];
    const subscriptions = await this.#subscriptions.plan(declaration);
    if (queue && review && from) {
      const arnOf = (topic: string): string => this.state.topics.get(topic)?.arn ?? topic;
      const own = [...from.map(({ topic }) => arnOf(topic)), ...review.stale];
      await this.#subscriptions.warnOfOthers(queue, own, this.#subscribedTopics());
    }
    // The policy records which subscriptions are Weft's own, so it changes after they are removed.
    return [...ends, ...this.#planPolicy(declaration, review), ...subscriptions];
  }

  #planPolicy(declaration: QueueDeclaration, review: PolicyReview | undefined): Step[] {
    const { name } = declaration;
    if (!review || review.differences.length === 0) return [];
    const { differences, policy } = review;
    return [
      {
        change: {
          action: 'change',
          kind: 'queue',
          name,
          differences,
          settings: { Policy: policy },
        },
        apply: async (state) => {
          // Read again: another program may have changed it, and SQS accepts a policy only as a whole.
          const queue = await this.#calls.refresh(state.queue(name));
          state.queues.set(name, await this.#letIn(declaration, queue));
        },
      },
    ];
  }

  async #letIn(declaration: QueueDeclaration, queue: ExistingQueue): Promise<ExistingQueue> {
    const { differences, policy } = this.#review(declaration, queue);
    return differences.length === 0 ? queue : this.#calls.set(queue, { Policy: policy });
  }

  #review(declaration: QueueDeclaration, { name, arn, attributes }: ExistingQueue): PolicyReview {
    // A topic that does not exist yet is identified by its name.
    const topicArn = (topic: string): string => this.state.topics.get(topic)?.arn ?? topic;
    const grants = grantsOf(declaration, this.topology, arnReferences(arn, topicArn));
    try {
      return reviewPolicy(attributes.Policy, arn, grants);
    } catch (error) {
      this.draft.problems.push(`queue ${name}: its policy cannot be read: ${String(error)}`);
      return { differences: [], policy: '', stale: [] };
    }
  }

  /** The existing topics that queues of the topology subscribe to. */
  #subscribedTopics(): ReadonlySet<string> {
    return new Set(
      this.topology.queues.flatMap(({ from = [], broadcast = false }) =>
        broadcast
          ? []
          : from.flatMap(({ topic }) => {
              const arn = this.state.topics.get(topic)?.arn;
              return arn === undefined ? [] : [arn];
            }),
      ),
    );
  }

  /** Only now is it known whether each needed dead-letter queue exists. */
  #checkSkip(): void {
    for (const declaration of this.topology.queues) {
      const { name, onFailure } = declaration;
      if (onFailure !== 'skip' || this.target(declaration).kind !== 'none') continue;
      this.draft.problems.push(
        `queue ${name}: onFailure is skip, which needs a dead-letter queue, and it has none: declare deadLetter: { name }`,
      );
    }
  }
}
