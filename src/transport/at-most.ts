import type { Clock } from './clock.js';

/**
 * Waits for work to end, and no longer than so many milliseconds. The work goes on.
 *
 * @returns whether the work has ended or the time. It rejects as the work does.
 */
export async function atMost(
  clock: Clock,
  ms: number,
  work: Promise<unknown>,
): Promise<'ended' | 'timedOut'> {
  const { promise: late, resolve } = Promise.withResolvers<'timedOut'>();
  const stopTimer = clock.after(Math.max(0, ms), () => resolve('timedOut'));
  try {
    return await Promise.race([work.then(() => 'ended' as const), late]);
  } finally {
    stopTimer();
  }
}
