import { uptime } from 'node:os';

/** Stops a timer. Calling it again, or after the timer has fired, does nothing. */
export type StopTimer = () => void;

/** Called by a timer. Only the clocks of tests wait for a returned promise; it must not reject. */
export type TimerCallback = () => void | Promise<void>;

/**
 * Tells the time and runs timers. Leases, time-outs, back-off and expiry use it; tests pass a `FakeClock` of
 * `nestjs-sns-sqs/testing`.
 *
 * @example
 * new SnsSqsServer({ topology, aws, clock: new FakeClock() });
 */
export interface Clock {
  /** Epoch milliseconds, for times that other programs read. The machine's clock may be set back or ahead. */
  now(): number;
  /**
   * Milliseconds since an arbitrary moment, for durations. Never set back or ahead; counts on while the machine sleeps.
   */
  monotonicMs(): number;
  /** Calls back once, after `delayMs` milliseconds. */
  after(delayMs: number, callback: TimerCallback): StopTimer;
  /** Calls back every `intervalMs` milliseconds until it is stopped. */
  every(intervalMs: number, callback: TimerCallback): StopTimer;
}

/**
 * A clock as options accept it: `monotonicMs` is optional, for clocks written before it existed. Without it, durations
 * are measured by `now()`.
 *
 * @example
 * const clock: GivenClock = {
 *   now: () => Date.now(),
 *   after: (delayMs, callback) => { const timer = setTimeout(callback, delayMs); return () => clearTimeout(timer); },
 *   every: (intervalMs, callback) => { const timer = setInterval(callback, intervalMs); return () => clearInterval(timer); },
 * };
 */
export type GivenClock = Omit<Clock, 'monotonicMs'> & Partial<Pick<Clock, 'monotonicMs'>>;

/** @param given the machine's own clock by default. */
export function clockOf(given: GivenClock = systemClock): Clock {
  if (isWhole(given)) return given;
  return {
    now: () => given.now(),
    monotonicMs: () => given.now(),
    after: (delayMs, callback) => given.after(delayMs, callback),
    every: (intervalMs, callback) => given.every(intervalMs, callback),
  };
}

const isWhole = (given: GivenClock): given is Clock => given.monotonicMs !== undefined;

/** A smaller difference between the two clocks is ordinary drift and correction. */
const STEP_MS = 500;

/**
 * `performance.now()` stands still while a machine is suspended, but leases run out. The wall clock jumps ahead then,
 * as it also does when it is set. The machine's uptime tells the two apart: it counts suspended time, but costs a
 * system call.
 */
class MonotonicTime {
  #wallAheadMs = Date.now() - performance.now();
  readonly #uptimeAheadMs = uptime() * 1000 - performance.now();
  #sleptMs = 0;

  read(): number {
    const runMs = performance.now();
    const wallAheadMs = Date.now() - runMs;
    if (Math.abs(wallAheadMs - this.#wallAheadMs) > STEP_MS) {
      this.#wallAheadMs = wallAheadMs;
      const sleptMs = uptime() * 1000 - runMs - this.#uptimeAheadMs;
      if (sleptMs - this.#sleptMs > STEP_MS) this.#sleptMs = sleptMs;
    }
    return runMs + this.#sleptMs;
  }
}

const monotonicTime = new MonotonicTime();

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => monotonicTime.read(),
  after(delayMs, callback) {
    const timer = setTimeout(() => void callback(), delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, callback) {
    const timer = setInterval(() => void callback(), intervalMs);
    return () => clearInterval(timer);
  },
};

const running = new WeakSet<Clock>([systemClock]);

/** Marks the clock of a simulation that advances by itself, so that `realTimeOf` keeps it. */
export const passesByItself = (clock: Clock): void => void running.add(clock);

/**
 * The clock for batches and for closing: on a clock that a test holds still they would never end.
 *
 * @returns the clock itself, where its time passes; otherwise the machine's.
 */
export const realTimeOf = (clock: Clock): Clock => (running.has(clock) ? clock : systemClock);

/** Resolves after so many milliseconds, or when the signal is aborted. */
export async function pause(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => resolve();
  const stopTimer = clock.after(delayMs, end);
  signal.addEventListener('abort', end);
  await promise;
  stopTimer();
  signal.removeEventListener('abort', end);
}
