import { setTimeout as sleep } from 'node:timers/promises';

const POLL_INTERVAL_MS = 10;
const DEFAULT_TIMEOUT_MS = 10_000;

/** How long, and for what. */
export interface WaitOptions {
  /** Milliseconds. @defaultValue 10 000 */
  readonly timeoutMs?: number;
  /** Named in the error. @defaultValue 'the condition' */
  readonly what?: string;
}

/**
 * Waits until `condition` gives something other than undefined, false or an
 * error, and gives it back.
 *
 * @throws Error when the time is over; its cause is the condition's last error.
 * @example
 * await waitFor(() => orders.length === 3, { what: 'three orders' });
 */
export async function waitFor<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, what = 'the condition' }: WaitOptions = {},
): Promise<Exclude<T, undefined | false>> {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let failure: unknown;
    try {
      const value = await condition();
      if (value !== undefined && value !== false) return value as Exclude<T, undefined | false>;
    } catch (error) {
      failure = error;
    }
    if (Date.now() > deadline)
      throw new Error(`Waited ${timeoutMs} ms for ${what}`, { cause: failure });
    await sleep(POLL_INTERVAL_MS);
  }
}
