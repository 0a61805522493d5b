/** Runs timers, such as a `Clock`. */
interface Timers {
  /** @returns a function that stops the timer. */
  after(delayMs: number, callback: () => void): () => void;
}

/**
 * Waits for work, for at most `ms` milliseconds. The work itself continues.
 *
 * @returns whether the work or the time has ended first. Rejects with the work's error.
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
