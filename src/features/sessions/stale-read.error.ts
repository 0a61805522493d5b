import { setTimeout as sleep } from 'node:timers/promises';

/** What a session referred to when it was read is gone: another writer has put something else in its place. */
export class StaleReadError extends Error {
  override readonly name = 'StaleReadError';
}

const MAX_READS = 5;
const PAUSE_MS = 20;

/**
 * Reads again while another writer came in between.
 *
 * @throws {StaleReadError} when what is missing stays missing.
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
