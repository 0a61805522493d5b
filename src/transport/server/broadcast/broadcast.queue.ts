import { Logger } from '@nestjs/common';

import type { Broker } from '../../broker/broker.js';
import { isAccessDenied } from '../../broker/broker.errors.js';
import type { Clock } from '../../clock.js';
import { lastPart } from '../../../common/resource-names.js';
import { TopologyError } from '../../errors/index.js';
import { processQueueNames } from '../../process-queue/process-queue.names.js';
import { ProcessQueue } from '../../process-queue/process.queue.js';
import { subscriptionAttributes } from '../../topology/declare/subscription-attributes.js';
import type { BoundBroadcast, BoundQueue } from '../../topology/index.js';
import {
  NOT_THERE_YET,
  retryUntilConsistent,
} from '../../topology/provision/retry-until-consistent.js';

interface BroadcastQueueOptions {
  /** Called when the queue or a subscription was deleted and is made again. */
  readonly onRestored?: () => void;
  /** Aborted when `close` is waited for no longer. */
  readonly givenUp?: AbortSignal;
}

/** The per-process queue of a broadcast, and its subscriptions. */
export class BroadcastQueue {
  readonly #logger = new Logger(BroadcastQueue.name);
  /** Topic ARN and ARN of each subscription. */
  #subscriptions: readonly (readonly [topicArn: string, arn: string])[] = [];
  #restoring: Promise<void> | undefined;
  #closed = false;

  private constructor(
    private readonly broker: Broker,
    private readonly broadcast: BoundBroadcast,
    private readonly own: ProcessQueue,
    private readonly options: BroadcastQueueOptions,
  ) {}

  /** @throws TopologyError naming the missing permission. */
  static async open(
    broker: Broker,
    clock: Clock,
    broadcast: BoundBroadcast,
    options: BroadcastQueueOptions = {},
  ): Promise<BroadcastQueue> {
    const { name, tags } = broadcast.declaration;
    const own = await allowed(name, 'sqs:CreateQueue and sqs:TagQueue', () =>
      ProcessQueue.create(
        broker.queues,
        clock,
        processQueueNames(name),
        broadcast.attributes,
        tags,
      ),
    );
    const queue = new BroadcastQueue(broker, broadcast, own, options);
    try {
      await queue.#subscribe();
    } catch (error) {
      await queue.close();
      throw error;
    }
    own.onTouched = () => queue.#checkSubscriptions();
    return queue;
  }

  /** Epoch milliseconds by SQS's clock at which the queue was made. */
  createdAtMs(): Promise<number> {
    return this.own.createdAtMs();
  }

  /** The queue as its consumer needs it. */
  bound(): BoundQueue {
    const { attributes: _attributes, subscriptions: _subscriptions, ...facts } = this.broadcast;
    return { ...facts, url: this.own.url, restore: (gone) => this.#restoreOnce(gone) };
  }

  /** Removes the subscriptions, then deletes the queue with its messages. */
  async close(): Promise<void> {
    this.#closed = true;
    this.own.retire();
    await this.#restoring?.catch(() => undefined);
    const { givenUp } = this.options;
    try {
      for (const [topicArn, arn] of this.#subscriptions) {
        givenUp?.throwIfAborted();
        await this.broker.topics.unsubscribe(topicArn, arn);
      }
      givenUp?.throwIfAborted();
      await this.own.delete();
    } catch (error) {
      this.#logger.warn(
        'Per-process queue not deleted: another process deletes it once it is orphaned',
        {
          queue: lastPart(this.own.url),
          reason: String(error),
        },
      );
    }
  }

  /**
   * Creates the queue only once when several polls find it deleted, and not after close(), when a poll may still be
   * open.
   */
  async #restoreOnce(gone: unknown): Promise<void> {
    if (this.#closed) return;
    this.#restoring ??= this.#restore().finally(() => (this.#restoring = undefined));
    const { name } = this.broadcast.declaration;
    await this.#restoring.catch((error: unknown) => {
      throw new TopologyError(
        `The queue of this process for the broadcast "${name}" was deleted and cannot be created again yet: ${String(error)}`,
        { cause: gone },
      );
    });
  }

  async #restore(): Promise<void> {
    await this.own.make();
    await this.#subscribe();
    const { name } = this.broadcast.declaration;
    this.#logger.warn(
      'Per-process queue was deleted and is created again: events published meanwhile are missed',
      { queue: name },
    );
    this.options.onRestored?.();
  }

  /**
   * A process that stood still while it swept may have removed the subscriptions of a queue that was made again
   * meanwhile. SNS gives the subscription that is there, or makes another one.
   */
  async #checkSubscriptions(): Promise<void> {
    if (this.#closed) return;
    this.#restoring ??= this.#resubscribe().finally(() => (this.#restoring = undefined));
    await this.#restoring;
  }

  async #resubscribe(): Promise<void> {
    const queue = this.broadcast.declaration.name;
    const known = new Set(this.#subscriptions.map(([, arn]) => arn));
    try {
      await this.#subscribe();
    } catch (error) {
      this.#logger.warn('Subscriptions of the per-process queue not checked', {
        queue,
        reason: String(error),
      });
      return;
    }
    if (this.#subscriptions.every(([, arn]) => known.has(arn))) return;
    this.#logger.warn(
      'Subscription of the per-process queue was deleted and is created again: events published meanwhile are missed',
      { queue },
    );
    this.options.onRestored?.();
  }

  async #subscribe(): Promise<void> {
    const { declaration, subscriptions } = this.broadcast;
    const arn = await allowed(declaration.name, 'sqs:GetQueueAttributes', () =>
      retryUntilConsistent({ queue: declaration.name }, NOT_THERE_YET, () => this.#arn()),
    );
    this.#subscriptions = await allowed(declaration.name, 'sns:Subscribe', () =>
      Promise.all(
        subscriptions.map(async ({ topicArn, declared }) => {
          const attributes = subscriptionAttributes(declared);
          return [topicArn, await this.broker.topics.subscribe(topicArn, arn, attributes)] as const;
        }),
      ),
    );
  }

  async #arn(): Promise<string> {
    const attributes = await this.broker.queues.attributesOf(this.own.url, ['QueueArn']);
    return attributes['QueueArn'] ?? '';
  }
}

async function allowed<T>(name: string, right: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (cause) {
    if (!isAccessDenied(cause)) throw cause;
    throw new TopologyError(
      `The broadcast ${name} requires a per-process queue. Grant the process ${right}, or leave ${name} out of consume`,
      { cause, details: { broadcast: name, right } },
    );
  }
}
