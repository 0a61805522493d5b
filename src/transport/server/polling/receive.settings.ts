import {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  DEFAULT_WAIT_TIME_S,
} from '../../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../../sns-sqs.options.js';
import type { BoundQueue } from '../../topology/index.js';

/** SQS counts in whole seconds, and a long poll lasts one at least. */
export const MIN_LEASE_S = 2;
/** Of a lease, which counts from when the receive was sent: what comes at the end of the wait has a third left, as a renewal is due. */
const WAIT_SHARE = 2 / 3;

export interface ReceiveSettings {
  /** Seconds of a lease: asked for with each receive and each renewal. */
  readonly visibilityTimeoutS: number;
  /** Seconds of a long poll. */
  readonly waitTimeS: number;
}

/**
 * What a queue is received with. Its lease is asked for each time, as what a queue is set to may not be what is declared, or be
 * of no use, such as 0. A long poll ends well within the lease, and within the time that closing has.
 */
export function receiveSettings(
  { visibilityTimeoutS }: Pick<BoundQueue, 'visibilityTimeoutS'>,
  { leaseS = Infinity, waitTimeS, drainTimeoutMs }: Partial<SnsSqsServerOptions>,
): ReceiveSettings {
  const longestS = visibilityTimeoutS || DEFAULT_VISIBILITY_TIMEOUT_S;
  const lease = Math.max(MIN_LEASE_S, Math.min(longestS, leaseS));
  const drainS = (drainTimeoutMs ?? DEFAULT_DRAIN_TIMEOUT_MS) / 1000;
  const longestWaitS = Math.min(
    Math.floor(lease * WAIT_SHARE),
    Math.max(1, Math.floor(drainS) - 1),
  );
  return {
    visibilityTimeoutS: lease,
    waitTimeS: Math.min(waitTimeS ?? DEFAULT_WAIT_TIME_S, longestWaitS),
  };
}
