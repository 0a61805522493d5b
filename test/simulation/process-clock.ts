import type { Clock, StopTimer, TimerCallback } from '../../src/transport/clock.js';

/** The time of one process, which may stand still while the world goes on: as under SIGSTOP, or with a blocked event loop. */
export class ProcessClock implements Clock {
  #awakeAtMs = 0;

  constructor(
    private readonly world: Clock,
    private readonly random: () => number,
  ) {}

  /** Nothing happens in the process for so many milliseconds. */
  freeze(ms: number): void {
    this.#awakeAtMs = this.world.monotonicMs() + ms;
  }

  now(): number {
    return this.world.now();
  }

  monotonicMs(): number {
    return this.world.monotonicMs();
  }

  after(delayMs: number, callback: TimerCallback): StopTimer {
    let stopped = false;
    this.world.after(delayMs, async () => {
      await this.awake();
      if (!stopped) await callback();
    });
    return () => void (stopped = true);
  }

  every(intervalMs: number, callback: TimerCallback): StopTimer {
    let waiting = false;
    return this.world.every(intervalMs, async () => {
      if (waiting) return;
      waiting = true;
      await this.awake();
      waiting = false;
      await callback();
    });
  }

  /** Resolves once the process runs. What waits for that goes on in any order. */
  async awake(): Promise<void> {
    while (this.world.monotonicMs() < this.#awakeAtMs) {
      const leftMs = this.#awakeAtMs - this.world.monotonicMs();
      const { promise, resolve } = Promise.withResolvers<void>();
      this.world.after(leftMs + this.random(), resolve);
      await promise;
    }
  }
}
