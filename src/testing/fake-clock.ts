import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Clock, StopTimer, TimerCallback } from '../transport/clock.js';

interface Timer {
  dueMs: number;
  readonly callback: TimerCallback;
  /** Absent: it fires once. */
  readonly intervalMs?: number;
}

// Whatever a timer starts goes through some promises before it sets the next one.
const TURNS_AFTER_A_TIMER = 5;

/**
 * A clock that stands still until `advance` moves it on; give it
 * to a server or a client as `clock`.
 *
 * @example
 * const clock = new FakeClock();
 * const server = new SnsSqsServer({ topology, aws, clock });
 * // …
 * await clock.advance(3_600_000); // every lease is an hour old
 */
export class FakeClock implements Clock {
  readonly #timers = new Set<Timer>();
  #elapsedMs = 0;
  /** Epoch milliseconds at which no time had passed, by what the clock shows. */
  #startMs: number;

  /** @param startMs epoch milliseconds. @defaultValue the machine's time */
  constructor(startMs: number = Date.now()) {
    this.#startMs = startMs;
  }

  now(): number {
    return this.#startMs + this.#elapsedMs;
  }

  monotonicMs(): number {
    return this.#elapsedMs;
  }

  /**
   * Sets what the clock shows, as an administrator does or a time server. No time passes by it.
   *
   * @param epochMs epoch milliseconds.
   */
  set(epochMs: number): void {
    this.#startMs = epochMs - this.#elapsedMs;
  }

  /** How many timers are set. */
  get timers(): number {
    return this.#timers.size;
  }

  after(delayMs: number, callback: TimerCallback): StopTimer {
    return this.#set({ dueMs: this.#elapsedMs + delayMs, callback });
  }

  every(intervalMs: number, callback: TimerCallback): StopTimer {
    return this.#set({ dueMs: this.#elapsedMs + intervalMs, callback, intervalMs });
  }

  /**
   * Lets time pass: timers that fall due fire in their order, each at its own
   * time, and the next one only when what they do has ended, such as the
   * renewal of leases. What handlers do is waited for with `waitFor`.
   *
   * @param ms milliseconds.
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms;
    for (let timer = this.#next(endMs); timer; timer = this.#next(endMs)) {
      this.#elapsedMs = Math.max(this.#elapsedMs, timer.dueMs);
      if (timer.intervalMs === undefined) this.#timers.delete(timer);
      else timer.dueMs += timer.intervalMs;
      await timer.callback();
      await settle();
    }
    this.#elapsedMs = endMs;
    await settle();
  }

  #set(timer: Timer): StopTimer {
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  #next(endMs: number): Timer | undefined {
    return [...this.#timers]
      .filter(({ dueMs }) => dueMs <= endMs)
      .toSorted((one, other) => one.dueMs - other.dueMs)[0];
  }
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS_AFTER_A_TIMER; turn += 1) await nextTurn();
}
