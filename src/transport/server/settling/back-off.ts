import { doubledWith } from '../../../common/back-off.js';
import { RetryableError } from '../../errors/index.js';
import {
  DEFAULT_RETRY_BASE_S,
  DEFAULT_RETRY_CAP_S,
  MAX_LEASE_HOURS,
} from '../../sns-sqs.constants.js';
import type { RetryOptions } from '../../retry.options.js';

// SQS counts its limit of twelve hours from the receive.
const MAX_INVISIBLE_S = MAX_LEASE_HOURS * 3600 - 1;
const FIRST_LOOK_S = 2;

/**
 * Seconds a failed message stays invisible: a random time up to base·2^(n−1), so that messages that failed together are
 * not redelivered together. https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param receiveCount n, 1 for the first receive.
 * @param random a number from 0 to 1.
 */
export function backOffS(
  receiveCount: number,
  { baseS, capS }: RetryOptions,
  random = Math.random(),
): number {
  const ceiling = doubledWith(
    receiveCount,
    baseS ?? DEFAULT_RETRY_BASE_S,
    capS ?? DEFAULT_RETRY_CAP_S,
  );
  return Math.min(Math.ceil(random * ceiling), MAX_INVISIBLE_S);
}

/**
 * Seconds a message stays invisible while its work is in progress elsewhere. Most work is short, so the first check
 * comes soon. The next one comes when the work must have ended or been renewed, because each check is a receive, which
 * SQS counts.
 *
 * @param retryAfterMs until the work ends, is renewed or its reservation expires.
 */
export function inProgressDelayS(receiveCount: number, retryAfterMs: number): number {
  // A second later, as the clocks of two processes differ.
  const endS = Math.ceil(retryAfterMs / 1000) + 1;
  return Math.min(endS, receiveCount === 1 ? FIRST_LOOK_S : MAX_INVISIBLE_S);
}

/**
 * Seconds a message stays invisible because its error says so; undefined when the error names no time, or an invalid
 * one.
 */
export function askedDelayS(error: unknown): number | undefined {
  const { delayMs = -1 } = error instanceof RetryableError ? error : {};
  return delayMs >= 0 ? Math.min(Math.ceil(delayMs / 1000), MAX_INVISIBLE_S) : undefined;
}
