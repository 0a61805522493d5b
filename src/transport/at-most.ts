import type { Clock } from './clock.js';

/**
 * Waits for work to end, and no longer than so many milliseconds. The work goes on.
 *
 * @returns whether it has ended; it rejects as the work does.
 */
export async function atMost(clock: Clock, ms: number, work: Promise<unknown>): Promise<boolean> {
  const { promise: late, resolve } = Promise.withResolvers<boolean>();
  const stopTimer = clock.after(Math.max(0, ms), () => resolve(false));
  try {
    return await Promise.race([work.then(() => true), late]);
  } finally {
    stopTimer();
  }
}
