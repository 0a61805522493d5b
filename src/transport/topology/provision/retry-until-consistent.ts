import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

import { isNotFound } from '../../broker/broker.errors.js';

/** Why AWS refuses for now, and how long that may last. */
export interface Delay {
  /** Whether an error says so. */
  readonly is: (error: unknown) => boolean;
  readonly patienceMs: number;
  readonly pauseMs: number;
}

/** Whether an error has a name; engines write some of those of SQS with a prefix, and other than the SDK knows them. */
export const isNamed = (error: unknown, name: RegExp): boolean =>
  error instanceof Error && name.test(error.name);

/** SQS keeps a deleted queue's name for 60 s. */
export const DELETED_RECENTLY: Delay = {
  is: (error) => isNamed(error, /QueueDeletedRecently$/),
  patienceMs: 70_000,
  pauseMs: 2000,
};

/** What was just made is not known everywhere at once; SQS says a second, and promises nothing. */
const NEW = { patienceMs: 30_000, pauseMs: 500 };

export const NOT_THERE_YET: Delay = { is: isNotFound, ...NEW };

/** SQS has no error of its own for a redrive policy whose target it does not know yet. */
export const DEAD_LETTER_NOT_THERE_YET: Delay = {
  is: (error) =>
    isNotFound(error) || (error instanceof Error && /dead.?letter target/i.test(error.message)),
  ...NEW,
};

const logger = new Logger('Topology');

/**
 * Tries again while AWS says that it cannot do this yet.
 *
 * @throws whatever AWS says at the end of its patience, or at once where it says something else.
 */
export async function retryUntilConsistent<T>(
  what: string,
  { is, patienceMs, pauseMs }: Delay,
  work: () => Promise<T>,
): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!is(error) || performance.now() >= untilMs) throw error;
      if (attempt === 1) logger.warn(`${what}: waiting, for ${patienceMs / 1000} s at most`);
      await sleep(pauseMs);
    }
  }
}
