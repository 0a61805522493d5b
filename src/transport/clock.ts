/** Stops a timer; once it has fired, or twice, that does nothing. */
export type StopTimer = () => void;

/**
 * What tells the time, and calls back when some of it has passed. Leases,
 * time-outs, back-off and expiry go by it; tests give a `FakeClock` of
 * `weft/transport/testing`.
 */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  /** Calls back once, in so many milliseconds. */
  after(delayMs: number, callback: () => void): StopTimer;
  /** Calls back every so many milliseconds until it is stopped. */
  every(intervalMs: number, callback: () => void): StopTimer;
}

/** The machine's own. */
export const systemClock: Clock = {
  now: Date.now,
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every(intervalMs, callback) {
    const timer = setInterval(callback, intervalMs);
    return () => clearInterval(timer);
  },
};
