import { waitFor as waitForUsers } from '../../src/testing/wait-for.js';

/** Longer than any starved or stopped machine takes, and shorter than the time of a test, so that its message is seen. */
const PATIENCE_MS = 60_000;

/** `waitFor` of the test kit, with more patience by default. */
export const waitFor: typeof waitForUsers = (what, read, options) =>
  waitForUsers(what, read, { timeoutMs: PATIENCE_MS, ...options });

/**
 * Waits until a list has so many entries, no more and no fewer.
 *
 * @param what the entries, in the plural: "Waited 60 s for the number of attempts to be 3; …"
 */
export const waitForCount = <T>(
  what: string,
  list: () => readonly T[],
  count: number,
): Promise<readonly T[]> =>
  waitFor(`the number of ${what} to be ${count}`, list, {
    until: ({ length }) => length === count,
  });
