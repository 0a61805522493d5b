import { Logger } from '@nestjs/common';

import { reviewPolicy } from '../declare/queue-policy.js';
import { redrivePolicy } from '../declare/queue-settings.js';
import type { ExistingQueue, QueueProvisioner } from './queue.provisioner.js';
import type { SubscriptionProvisioner } from './subscription.provisioner.js';
import type { QueueDeclaration, SubscriptionDeclaration } from '../declare/topology.js';

export interface WantedSubscription {
  readonly topicArn: string;
  readonly declared: SubscriptionDeclaration;
}

/** Ties a queue to its dead-letter queue and its topics, once they are there. */
export class QueueConnector {
  readonly #logger = new Logger('Topology');

  constructor(
    private readonly queues: QueueProvisioner,
    private readonly subscriptions: SubscriptionProvisioner,
    /** Topics that some queue of the topology subscribes to. */
    private readonly topicArns: ReadonlySet<string>,
  ) {}

  /** @param wanted what the queue is to be subscribed to; undefined to leave it as it is. */
  async connect(
    declaration: QueueDeclaration,
    queue: ExistingQueue,
    deadLetter: ExistingQueue | undefined,
    wanted: readonly WantedSubscription[] | undefined,
  ): Promise<ExistingQueue> {
    const redrive = { RedrivePolicy: redrivePolicy(declaration, deadLetter?.arn) };
    if (wanted === undefined) return this.queues.align(queue, redrive);
    const topicArns = wanted.map(({ topicArn }) => topicArn);
    const { policy, differences, stale } = reviewPolicy(
      queue.attributes.Policy,
      queue.arn,
      topicArns,
    );
    // The policy remembers which subscriptions are Weft's own, so it changes after they are gone.
    for (const topicArn of stale) await this.subscriptions.end(topicArn, queue.arn);
    const connected = await this.queues.align(
      queue,
      { ...redrive, ...(differences.length > 0 && { Policy: policy }) },
      differences,
    );
    for (const { topicArn, declared } of wanted)
      await this.subscriptions.ensure(topicArn, queue.arn, declared);
    await this.#warnOfOthers(queue, [...topicArns, ...stale]);
    return connected;
  }

  /** What somebody else subscribed the queue to is left to them. */
  async #warnOfOthers({ name, arn }: ExistingQueue, own: readonly string[]): Promise<void> {
    for (const topicArn of this.topicArns) {
      if (!own.includes(topicArn) && (await this.subscriptions.subscribers(topicArn)).has(arn))
        this.#logger.warn(
          `The queue ${name} is subscribed to ${topicArn} as well, which the topology does not declare`,
        );
    }
  }
}
