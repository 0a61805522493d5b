import { waitFor } from '../../src/testing/wait-for.js';

export { waitFor };

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
  waitFor(`the number of ${what} to be ${count}`, list, {
    until: ({ length }) => length === count,
    ...(timeoutMs !== undefined && { timeoutMs }),
  });
