import { setImmediate as nextTurn } from 'node:timers/promises';

import type { Clock, StopTimer, TimerCallback } from '../transport/clock.js';

interface Timer {
  dueMs: number;
  readonly callback: TimerCallback;
  /** Absent: it fires once. */
  readonly intervalMs?: number;
}

// Work that a timer starts goes through several promises before it sets the next timer.
const TURNS_AFTER_A_TIMER = 5;

/**
 * A clock that stands still until `advance` is called; pass it to a server or a client as `clock`.
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
  /** Epoch milliseconds that the clock would have shown at its start. */
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
   * Sets the shown time, as an administrator or a time server does. No time passes.
   *
   * @param epochMs epoch milliseconds.
   */
  set(epochMs: number): void {
    this.#startMs = epochMs - this.#elapsedMs;
  }

  /** Number of timers. */
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
   * Lets time pass. Due timers fire in order, each at its own time, and each waits for the work of the one before, such
   * as the renewal of leases. Wait for the work of handlers with `waitFor`.
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
