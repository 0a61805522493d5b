import { Logger } from '@nestjs/common';

import type { Broker } from '../../broker/broker.js';
import { isNotFound } from '../../broker/broker.errors.js';
import type { Clock } from '../../clock.js';
import { processQueueNames } from '../../process-queue/process-queue.names.js';
import { deleteOrphanedQueues } from '../../process-queue/delete-orphans.js';
import { lastPart } from '../../../common/resource-names.js';
import type { BoundBroadcast, BoundQueue } from '../../topology/index.js';
import type { TransportObserver } from '../../transport.observer.js';
import { BroadcastQueue } from './broadcast.queue.js';

/** The broadcast queues of a server: creates and deletes its own, and deletes those of dead processes. */
export class Broadcasts {
  readonly #logger = new Logger(Broadcasts.name);
  readonly #stop = new AbortController();
  readonly #givenUp = new AbortController();
  readonly #opening: Promise<BroadcastQueue>[] = [];
  readonly #sweeps: Promise<void>[] = [];

  constructor(
    private readonly broker: Broker,
    private readonly clock: Clock,
    private readonly observer: TransportObserver | undefined,
  ) {}

  async open(broadcast: BoundBroadcast): Promise<BoundQueue> {
    const { name } = broadcast.declaration;
    const opening = BroadcastQueue.open(this.broker, this.clock, broadcast, {
      onRestored: () => this.observer?.queueRestored?.({ queue: name }),
      givenUp: this.#givenUp.signal,
    });
    this.#opening.push(opening);
    const queue = await opening;
    this.#sweeps.push(this.#sweep(broadcast, queue));
    return queue.bound();
  }

  /** Never rejects: another process deletes a queue that stays behind. */
  async close(): Promise<void> {
    this.#stop.abort();
    for (const opened of await Promise.allSettled(this.#opening.splice(0)))
      if (opened.status === 'fulfilled') await opened.value.close();
    await Promise.all(this.#sweeps.splice(0));
  }

  /** Ends a `close` that takes too long: its next call is not made. */
  giveUp(): void {
    this.#givenUp.abort();
  }

  async #sweep({ declaration, subscriptions }: BoundBroadcast, own: BroadcastQueue): Promise<void> {
    const names = processQueueNames(declaration.name);
    // Deletes the queue before its subscription: an owner that wakes up meanwhile then finds no queue, which it
    // notices, rather than a queue that receives nothing.
    const deleted = await deleteOrphanedQueues({
      queues: this.broker.queues,
      names,
      nowMs: () => own.createdAtMs(),
      signal: this.#stop.signal,
    });
    if (deleted.length === 0) return;
    const urls = new Map(deleted.map((url) => [lastPart(url), url]));
    for (const { topicArn } of subscriptions)
      if (!this.#givenUp.signal.aborted) await this.#unsubscribe(topicArn, urls);
  }

  async #unsubscribe(topicArn: string, urls: ReadonlyMap<string, string>): Promise<void> {
    try {
      const { topics } = this.broker;
      for await (const { arn, endpoint } of topics.subscriptions(topicArn)) {
        if (this.#givenUp.signal.aborted) return;
        const url = urls.get(lastPart(endpoint));
        // Its owner may have woken up and made it again while this process stood still.
        if (url !== undefined && (await this.#isGone(url))) await topics.unsubscribe(topicArn, arn);
      }
    } catch (error) {
      this.#logger.warn('Subscriptions of deleted queues not removed', {
        topic: topicArn,
        reason: String(error),
      });
    }
  }

  async #isGone(url: string): Promise<boolean> {
    try {
      await this.broker.queues.tagsOf(url);
      return false;
    } catch (error) {
      if (isNotFound(error)) return true;
      throw error;
    }
  }
}
