import { setTimeout as sleep } from 'node:timers/promises';

import type { Work } from './dispatcher.js';
import type { Lease } from './lease.js';

/**
 * Work on a FIFO queue whose failed messages are held: tried again here after
 * the back-off, under heartbeat, so that neither the message nor its followers
 * are received again.
 */
export class HeldWork {
  readonly #stop = new AbortController();

  constructor(
    private readonly work: Work,
    private readonly release: (lease: Lease) => Promise<void>,
  ) {}

  /** Ends when the message is off the queue, given back, or no longer ours. */
  readonly run: Work = async (lease) => {
    while (!(await this.work(lease))) {
      if (lease.state !== 'held') return false;
      const pauseMs = Math.max(0, lease.heldUntilMs - Date.now());
      await sleep(pauseMs, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      if (this.#stop.signal.aborted) {
        await this.release(lease);
        return false;
      }
    }
    return true;
  };

  /** What is held for another try is given back instead. */
  stop(): void {
    this.#stop.abort();
  }
}
