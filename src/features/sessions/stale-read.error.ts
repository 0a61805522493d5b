import { setTimeout as sleep } from 'node:timers/promises';

/** A page that a session referred to no longer exists, because another writer has replaced it. */
export class StaleReadError extends Error {
  override readonly name = 'StaleReadError';
}

const MAX_READS = 5;
const PAUSE_MS = 20;

/**
 * Repeats a read while other writers come in between.
 *
 * @throws {StaleReadError} if the page stays missing.
 */
export async function readFresh<T>(read: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof StaleReadError) || attempt >= MAX_READS) throw error;
      await sleep(attempt * PAUSE_MS);
    }
  }
}
