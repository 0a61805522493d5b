import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';

const POLL_INTERVAL_MS = 10;
const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_PRINTED_CHARACTERS = 1000;
const MAX_PRINTED_ENTRIES = 10;

type Present<T> = Exclude<T, undefined | false>;

/** Options of `waitFor`. */
export interface WaitOptions<T = unknown> {
  /** Milliseconds. @defaultValue 30 000: a busy CI machine takes many times as long as an idle one */
  readonly timeoutMs?: number;
  /** Condition on the value. @defaultValue any value except undefined and false */
  readonly until?: (value: Present<T>) => boolean;
}

/**
 * Reads a value repeatedly until it is present, and returns it. The values undefined and false, and errors, count as
 * not present.
 *
 * @param what Ends the sentence "Waited 30 s for …" of the error.
 * @param read Returns the value, or a promise of it.
 * @throws Error when the time is over. Its message ends with the last value or error.
 * @example
 * await waitFor('the cache to be filled', () => cache.has('theme'));
 * // Waited 30 s for three orders; the last value was [ { id: 1 } ]
 * await waitFor('three orders', () => orders, { until: ({ length }) => length === 3 });
 */
export async function waitFor<T>(
  what: string,
  read: () => T | Promise<T>,
  { timeoutMs = DEFAULT_TIMEOUT_MS, until = () => true }: WaitOptions<T> = {},
): Promise<Present<T>> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    let seen = '';
    let cause: unknown;
    try {
      const value = await read();
      if (isPresent(value)) {
        if (until(value)) return value;
        seen = `; the last value was ${print(value)}`;
      }
    } catch (error) {
      cause = error;
      seen = `; the last try failed: ${error instanceof Error ? error.message : print(error)}`;
    }
    if (performance.now() > deadlineMs)
      throw new Error(`Waited ${timeoutMs / 1000} s for ${what}${seen}`, { cause });
    await sleep(POLL_INTERVAL_MS);
  }
}

const isPresent = <T>(value: T): value is Present<T> => value !== undefined && value !== false;

function print(value: unknown): string {
  const text = inspect(value, { maxArrayLength: MAX_PRINTED_ENTRIES, breakLength: Infinity });
  return text.length > MAX_PRINTED_CHARACTERS ? `${text.slice(0, MAX_PRINTED_CHARACTERS)}…` : text;
}
