import { waitFor as wait, type WaitOptions } from '../../src/testing/wait-for.js';

type Present<T> = Exclude<T, undefined | false>;
type Read<T> = () => T | Promise<T>;

/** As users have it. The condition may come first until the rooms that others work in have followed. */
export function waitFor<T>(
  what: string,
  read: Read<T>,
  options?: WaitOptions<T>,
): Promise<Present<T>>;
export function waitFor<T>(
  read: Read<T>,
  options?: { readonly timeoutMs?: number; readonly what?: string },
): Promise<Present<T>>;
export function waitFor<T>(
  first: string | Read<T>,
  second: Read<T> | { readonly timeoutMs?: number; readonly what?: string } = {},
  third: WaitOptions<T> = {},
): Promise<Present<T>> {
  if (typeof first === 'string') return wait(first, second as Read<T>, third);
  const { what = 'the condition', ...options } = second as { what?: string; timeoutMs?: number };
  return wait(what, first, options);
}

/**
 * Waits until a list has so many entries, no more and no fewer.
 *
 * @param what the entries, in the plural: "Waited 10 s for the number of attempts to be 3; …"
 */
export const waitForCount = <T>(
  what: string,
  list: () => readonly T[],
  count: number,
  timeoutMs?: number,
): Promise<readonly T[]> =>
  wait(`the number of ${what} to be ${count}`, list, {
    until: ({ length }) => length === count,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
