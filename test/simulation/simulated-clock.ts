import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Clock, StopTimer, TimerCallback } from '../../src/transport/clock.js';

interface Timer {
  dueMs: number;
  readonly order: number;
  readonly callback: TimerCallback;
  readonly intervalMs?: number;
}

const firesAfter = (one: Timer, other: Timer): boolean =>
  one.dueMs > other.dueMs || (one.dueMs === other.dueMs && one.order > other.order);

/**
 * Time that passes from timer to timer, and not otherwise: a minute takes as long as what happens in it. Unlike a
 * `FakeClock` it waits for no callback, as what one starts may take simulated time itself.
 */
export class SimulatedClock implements Clock {
  /** In the order in which they fire. */
  readonly #timers: Timer[] = [];
  #order = 0;
  #nowMs = 0;
  /** By how much wall clocks are ahead of the time that passed. */
  wallAheadMs = 1_700_000_000_000;

  now(): number {
    return this.#nowMs + this.wallAheadMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: TimerCallback): StopTimer {
    return this.#set({ dueMs: this.#nowMs + Math.max(0, delayMs), order: 0, callback });
  }

  every(intervalMs: number, callback: TimerCallback): StopTimer {
    return this.#set({ dueMs: this.#nowMs + intervalMs, order: 0, callback, intervalMs });
  }

  /** Lets time pass, without anything happening in it. */
  stand(ms: number): void {
    this.#nowMs += ms;
  }

  /**
   * Fires timers in their order until the condition holds.
   *
   * @returns whether it does; false when the time was over or nothing is left to happen.
   */
  async runUntil(condition: () => boolean, maxMs: number): Promise<boolean> {
    const endMs = this.#nowMs + maxMs;
    for (;;) {
      await nextTurn();
      if (condition()) return true;
      const timer = this.#timers[0];
      if (!timer || timer.dueMs > endMs) return false;
      this.#nowMs = Math.max(this.#nowMs, timer.dueMs);
      this.#timers.shift();
      if (timer.intervalMs !== undefined) {
        timer.dueMs = this.#nowMs + timer.intervalMs;
        this.#insert(timer);
      }
      void timer.callback();
    }
  }

  #set(timer: Timer): StopTimer {
    this.#order += 1;
    const set = { ...timer, order: this.#order };
    this.#insert(set);
    return () => {
      const index = this.#timers.indexOf(set);
      if (index >= 0) this.#timers.splice(index, 1);
    };
  }

  #insert(timer: Timer): void {
    const earlier = this.#timers.findLastIndex((one) => !firesAfter(one, timer));
    this.#timers.splice(earlier + 1, 0, timer);
  }
}
