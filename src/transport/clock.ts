/** Stops a timer; once it has fired, or twice, that does nothing. */
export type StopTimer = () => void;

/** What a timer does. A promise is waited for by clocks of tests alone; it must not reject. */
export type TimerCallback = () => void | Promise<void>;

/**
 * What tells the time, and calls back when some of it has passed. Leases,
 * time-outs, back-off and expiry go by it; tests give a `FakeClock` of
 * `nestjs-sns-sqs/testing`.
 *
 * @example
 * new SnsSqsServer({ topology, aws, clock: new FakeClock() });
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, in so many milliseconds. */
  after(delayMs: number, callback: TimerCallback): StopTimer;
  /** Calls back every so many milliseconds until it is stopped. */
  every(intervalMs: number, callback: TimerCallback): StopTimer;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(() => void callback(), delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, callback) {
    const timer = setInterval(() => void callback(), intervalMs);
    return () => clearInterval(timer);
  },
};

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
