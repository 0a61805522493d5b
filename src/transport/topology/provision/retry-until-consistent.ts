import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';

import { isNotFound } from '../../broker/broker.errors.js';

/** A temporary refusal by AWS, and how long it may last. */
interface Delay {
  /** Names the refusal in the log. */
  readonly reason: string;
  /** Whether an error is this refusal. */
  readonly is: (error: unknown) => boolean;
  readonly patienceMs: number;
  readonly pauseMs: number;
}

/** Whether an error has a name. Emulators write some names of SQS with a prefix, or differently from the SDK. */
export const isNamed = (error: unknown, name: RegExp): boolean =>
  error instanceof Error && name.test(error.name);

/** SQS keeps a deleted queue's name for 60 s. */
export const DELETED_RECENTLY: Delay = {
  reason: 'a queue of this name was deleted less than a minute ago',
  is: (error) => isNamed(error, /QueueDeletedRecently$/),
  patienceMs: 70_000,
  pauseMs: 2000,
};

/** A new resource is not visible everywhere at once; SQS's documentation says a second, without a guarantee. */
const NEW = { patienceMs: 30_000, pauseMs: 500 };

export const NOT_THERE_YET: Delay = {
  reason: 'it is new and not visible everywhere yet',
  is: isNotFound,
  ...NEW,
};

/** SQS has no specific error for a redrive policy with a target it does not know yet. */
export const DEAD_LETTER_NOT_THERE_YET: Delay = {
  reason: 'its dead-letter queue is new and not visible everywhere yet',
  is: (error) =>
    isNotFound(error) || (error instanceof Error && /dead.?letter target/i.test(error.message)),
  ...NEW,
};

const logger = new Logger('Topology');

/**
 * Retries a call while AWS refuses it temporarily.
 *
 * @param subject the queue or topic, as fields of the log line.
 * @throws AWS's error: any other one at once, the temporary one when its time is over.
 */
export async function retryUntilConsistent<T>(
  subject: { readonly queue: string } | { readonly topic: string },
  { reason, is, patienceMs, pauseMs }: Delay,
  work: () => Promise<T>,
): Promise<T> {
  const untilMs = performance.now() + patienceMs;
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!is(error) || performance.now() >= untilMs) throw error;
      if (attempt === 1)
        logger.warn('AWS refuses a call for now; it is retried', {
          ...subject,
          reason,
          maxWaitMs: patienceMs,
        });
      await sleep(pauseMs);
    }
  }
}
