import {
  DEFAULT_RETRY_BASE_S,
  DEFAULT_RETRY_CAP_S,
  MAX_LEASE_HOURS,
} from '../sns-sqs.constants.js';
import type { RetryOptions } from '../sns-sqs.options.js';

/**
 * Seconds a failed message stays hidden: a random time up to base·2^(n−1), so
 * that messages that failed together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param receiveCount n, 1 for the first receive.
 * @param random a number from 0 to 1.
 */
export function backOffS(
  receiveCount: number,
  { baseS, capS }: RetryOptions,
  random = Math.random(),
): number {
  const ceiling = Math.min(
    capS ?? DEFAULT_RETRY_CAP_S,
    (baseS ?? DEFAULT_RETRY_BASE_S) * 2 ** (receiveCount - 1),
  );
  return Math.min(Math.ceil(random * ceiling), MAX_LEASE_HOURS * 3600 - 1);
}
