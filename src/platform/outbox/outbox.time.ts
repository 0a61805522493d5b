import { systemClock, type Clock } from '../../transport/clock.js';

/** The clocks of a relay. */
export interface OutboxTime {
  /** For what is due at a time, and for timers. */
  readonly clock: Clock;
  /** For durations, in milliseconds since an arbitrary moment; counts on while the machine sleeps. */
  readonly monotonicMs: () => number;
}

export const systemTime: OutboxTime = {
  clock: systemClock,
  monotonicMs: () => systemClock.monotonicMs(),
};
