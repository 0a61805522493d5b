import { randomUUID } from 'node:crypto';

import { isNotFound, isTransient } from '../../broker/broker.errors.js';
import type { BrokerMessage, BrokerQueue } from '../../broker/broker.queue.js';
import { unwatched, type WatchedCall } from '../../observing/watch-calls.js';
import type { BoundQueue } from '../../topology/index.js';

/** Receives messages of one queue. */
export class Receiver {
  readonly #lostAttempts: string[] = [];

  constructor(
    private readonly broker: BrokerQueue,
    private readonly queue: Pick<BoundQueue, 'fifo' | 'restore'>,
    private readonly visibilityTimeoutS: number,
    private readonly watched: WatchedCall = unwatched,
  ) {}

  /** One receive. */
  async receive(maxMessages: number, waitTimeS: number): Promise<readonly BrokerMessage[]> {
    // After a lost answer SQS returns the same messages to the same id; otherwise they would block their groups.
    const attemptId = this.queue.fifo ? (this.#lostAttempts.pop() ?? randomUUID()) : undefined;
    const { visibilityTimeoutS } = this;
    try {
      return await this.watched(async () => [
        ...(await this.broker.receive({ maxMessages, waitTimeS, visibilityTimeoutS, attemptId })),
      ]);
    } catch (error) {
      // Of a receive that was refused there is nothing to repeat; the id itself may be what was refused.
      if (attemptId !== undefined && isTransient(error)) this.#lostAttempts.push(attemptId);
      if (!this.queue.restore || !isNotFound(error)) throw error;
      await this.queue.restore(error);
      return [];
    }
  }
}
