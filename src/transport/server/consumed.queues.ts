import {
  isPolled,
  type ConsumedQueue,
  type PolledQueue,
  type QueueHealth,
} from './consumed.queue.js';

/** The queues that a server has opened, by name. */
export class ConsumedQueues {
  readonly #byName = new Map<string, ConsumedQueue>();

  get size(): number {
    return this.#byName.size;
  }

  add(name: string, queue: ConsumedQueue): void {
    this.#byName.set(name, queue);
  }

  start(): void {
    for (const queue of this.#byName.values()) queue.start();
  }

  health(): readonly QueueHealth[] {
    return [...this.#byName.values()].map((queue) => queue.health());
  }

  /** @returns the number of handlers, over all queues, that had not ended in time. */
  async drain(timeoutMs: number): Promise<number> {
    const left = await Promise.all(
      [...this.#byName.values()].map((queue) => queue.drain(timeoutMs)),
    );
    return left.reduce((sum, count) => sum + count, 0);
  }

  /** @throws Error when the queue is not consumed here, or is not polled. */
  polled(name: string): PolledQueue {
    const queue = this.#byName.get(name);
    if (queue && !isPolled(queue))
      throw new Error(
        `The queue ${name} is not polled here: its messages come in events, so that it cannot be paused or resumed`,
      );
    if (!queue)
      throw new Error(
        `The queue ${name} is not consumed here; consumed: ${[...this.#byName.keys()].join(', ') || 'none'}`,
      );
    return queue;
  }
}
