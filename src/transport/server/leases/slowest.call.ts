import type { Clock } from '../../clock.js';

/** Factor by which the time of the slowest call decays with each call. */
const FORGOTTEN = 0.9;

/** How long the slowest recent call took that answers at once, as all do but receives. */
export class SlowestCall {
  #ms = 0;

  constructor(private readonly clock: Clock) {}

  /** Milliseconds; 0 until a call was watched. */
  get ms(): number {
    return this.#ms;
  }

  /** Makes a call and notes how long it took, however it ended. */
  async watch<T>(call: () => Promise<T>): Promise<T> {
    const sentAtMs = this.clock.monotonicMs();
    try {
      return await call();
    } finally {
      const tookMs = this.clock.monotonicMs() - sentAtMs;
      this.#ms = Math.max(tookMs, this.#ms * FORGOTTEN);
    }
  }
}
