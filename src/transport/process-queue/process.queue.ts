import { hostname } from 'node:os';

import type { BrokerAttributes, BrokerQueues } from '../broker/broker.js';
import { isNotFound } from '../broker/broker.errors.js';
import type { Clock } from '../clock.js';
import { lastSeenUpdater } from './last-seen.updater.js';
import { ALIVE_TAG, newProcessQueueName, type ProcessQueueNames } from './process-queue.names.js';

/** Tags for human readers: the owner of a queue, and when it last updated them by its own clock. */
const OWNER_TAG = 'weft:owner';
const LAST_SEEN_TAG = 'weft:last-seen';
const MAX_TAG_LENGTH = 256;

/**
 * A queue that this process alone uses, creates and deletes. Its tags show that its owner is alive; other processes
 * delete it when its owner has died.
 */
export class ProcessQueue {
  /** Called each time its owner has shown that it lives. */
  onTouched: (() => Promise<void>) | undefined;
  readonly #name: string;
  #url = '';
  #madeAtMs = 0;

  private constructor(
    private readonly queues: BrokerQueues,
    private readonly clock: Clock,
    names: ProcessQueueNames,
    private readonly attributes: BrokerAttributes,
    private readonly tags: Readonly<Record<string, string>>,
  ) {
    this.#name = newProcessQueueName(names);
  }

  static async create(
    queues: BrokerQueues,
    clock: Clock,
    names: ProcessQueueNames,
    attributes: BrokerAttributes,
    tags: Readonly<Record<string, string>> = {},
  ): Promise<ProcessQueue> {
    const queue = new ProcessQueue(queues, clock, names, attributes, tags);
    await queue.make();
    lastSeenUpdater(clock).watch(queue);
    return queue;
  }

  get url(): string {
    return this.#url;
  }

  /**
   * Creates the queue; when it was deleted, creates it again under the same name and URL.
   *
   * @throws QueueDeletedRecently within 60 s of a deletion, because SQS reserves the name for so long.
   */
  async make(): Promise<void> {
    this.#madeAtMs = this.clock.monotonicMs();
    this.#url = await this.queues.create(this.#name, this.attributes, {
      ...this.tags,
      // Tells people whose queue it was when they find it left behind.
      [OWNER_TAG]: hostname().slice(0, MAX_TAG_LENGTH),
      ...this.#lastSeen(),
    });
  }

  /** Updates the tag that shows that the owner is alive. */
  async touch(): Promise<void> {
    await this.queues.tag(this.#url, this.#lastSeen());
    await this.onTouched?.();
  }

  /**
   * Epoch milliseconds, by SQS's clock, at which the queue was created: nearly the present time, if called right after
   * `make`.
   */
  createdAtMs(): Promise<number> {
    return createdAtMs(this.queues, this.#url);
  }

  /** Shows no longer that its owner is alive: if it is not deleted, another process deletes it. */
  retire(): void {
    lastSeenUpdater(this.clock).forget(this);
  }

  /** A queue that no longer exists is no error. */
  async delete(): Promise<void> {
    this.retire();
    await this.queues.delete(this.#url).catch((error: unknown) => {
      if (!isNotFound(error)) throw error;
    });
  }

  #lastSeen(): Record<string, string> {
    const aliveMs = this.clock.monotonicMs() - this.#madeAtMs;
    return {
      [LAST_SEEN_TAG]: new Date(this.clock.now()).toISOString(),
      [ALIVE_TAG]: String(Math.round(aliveMs / 1000)),
    };
  }
}

/** Epoch milliseconds, by SQS's clock, at which a queue was created. */
export async function createdAtMs(queues: BrokerQueues, url: string): Promise<number> {
  const attributes = await queues.attributesOf(url, ['CreatedTimestamp']);
  return Number(attributes['CreatedTimestamp']) * 1000;
}
