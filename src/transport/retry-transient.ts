import { doubledWith, withJitter } from '../common/back-off.js';
import { isTransient } from './broker/broker.errors.js';
import type { Clock } from './clock.js';
import { SendFailedError } from './errors/index.js';

const BASE_MS = 200;
const CAP_MS = 5000;

/**
 * Repeats work after a transient failure, with a pause that doubles up to 5 s, with jitter.
 *
 * @param worthwhile whether the result is still wanted; called after each failure and each pause.
 * @throws the work's own error, when it is not transient or the result is no longer wanted.
 */
export async function retryTransient<T>(
  clock: Clock,
  work: () => Promise<T>,
  worthwhile: () => boolean,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!passes(error) || !worthwhile()) throw error;
      await new Promise<void>((resolve) => {
        clock.after(withJitter(doubledWith(attempt, BASE_MS, CAP_MS)), resolve);
      });
      if (!worthwhile()) throw error;
    }
  }
}

const passes = (error: unknown): boolean =>
  isTransient(error) || (error instanceof SendFailedError && error.retryable);
