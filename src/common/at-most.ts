/** What calls back when some time has passed, such as a `Clock`. */
export interface Timers {
  /** @returns what stops the timer. */
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * Waits for work to end, and no longer than so many milliseconds. The work goes on.
 *
 * @returns whether the work has ended or the time. It rejects as the work does.
 */
export async function atMost(
  timers: Timers,
  ms: number,
  work: Promise<unknown>,
): Promise<'ended' | 'timedOut'> {
  const { promise: late, resolve } = Promise.withResolvers<'timedOut'>();
  const stopTimer = timers.after(Math.max(0, ms), () => resolve('timedOut'));
  try {
    return await Promise.race([work.then(() => 'ended' as const), late]);
  } finally {
    stopTimer();
  }
}
