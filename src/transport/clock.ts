import { uptime } from 'node:os';

/** Stops a timer; once it has fired, or twice, that does nothing. */
export type StopTimer = () => void;

/** What a timer does. A promise is waited for by clocks of tests alone; it must not reject. */
export type TimerCallback = () => void | Promise<void>;

/**
 * Gives the time, and calls back when some of it has passed. Leases,
 * time-outs, back-off and expiry go by it; tests give a `FakeClock` of
 * `nestjs-sns-sqs/testing`.
 *
 * @example
 * new SnsSqsServer({ topology, aws, clock: new FakeClock() });
 */
export interface Clock {
  /** Epoch milliseconds: for times that others read. Somebody may set them back or ahead. */
  now(): number;
  /** Milliseconds since some moment: for durations. Never set, and they pass while the machine sleeps. */
  monotonicMs(): number;
  /** Calls back once, in so many milliseconds. */
  after(delayMs: number, callback: TimerCallback): StopTimer;
  /** Calls back every so many milliseconds until it is stopped. */
  every(intervalMs: number, callback: TimerCallback): StopTimer;
}

/**
 * A clock as it may be given: one that was written before there was `monotonicMs`, or for a test that sets no clock, need
 * not have it. Durations then go by `now()`, as its timers do.
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

/** A smaller step between the two clocks is how they drift and are corrected. */
const STEP_MS = 500;

/**
 * `performance.now()` stands still while a machine is suspended, and a lease does not. The wall clock then steps
 * ahead, as it does when somebody sets it; which of the two it was shows in the time since the machine was
 * started, which counts sleep and costs a system call.
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

/** Of clocks that a simulation moves on by itself: nothing about it goes by the machine's then. */
export const passesByItself = (clock: Clock): void => void running.add(clock);

/**
 * What batches and closing go by, whatever leases do: on a clock that a test holds still they would never end.
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
