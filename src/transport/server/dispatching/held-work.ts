import { pause, type Clock } from '../../clock.js';
import type { Lease } from '../leases/lease.js';
import type { Release, Work } from './dispatcher.js';

/**
 * Holds failed messages in this process: they stay leased and are retried here after the back-off, so that neither the
 * message nor its followers are received again.
 */
export class HeldWork {
  readonly #stop = new AbortController();

  constructor(
    private readonly work: Work,
    private readonly release: Release,
    private readonly clock: Clock,
  ) {}

  /** Ends when the message is off the queue, released, or no longer ours. */
  readonly run: Work = async (lease, behind) => {
    for (;;) {
      // A message that failed in a batch behind another one is held already.
      if (lease.heldRetries > 0 && !(await this.#waited(lease))) return false;
      if (await this.work(lease, behind)) return true;
      if (lease.state !== 'held') return false;
    }
  };

  /** Releases held messages instead of retrying them. */
  stop(): void {
    this.#stop.abort();
  }

  /** Waits for the message's next try; false if there is none because the process is closing. */
  async #waited(lease: Lease): Promise<boolean> {
    const pauseMs = Math.max(0, lease.heldUntilMs - this.clock.monotonicMs());
    const { signal } = this.#stop;
    await pause(this.clock, pauseMs, signal);
    if (signal.aborted) await this.release([lease, ...(lease.followers?.take() ?? [])]);
    return !signal.aborted;
  }
}
