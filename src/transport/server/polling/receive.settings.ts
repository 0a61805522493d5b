import {
  DEFAULT_DRAIN_TIMEOUT_MS,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  DEFAULT_WAIT_TIME_S,
} from '../../sns-sqs.constants.js';
import type { SnsSqsServerOptions } from '../../sns-sqs.options.js';
import type { BoundQueue } from '../../topology/index.js';

/** SQS counts whole seconds, and a long poll lasts at least one. */
export const MIN_LEASE_S = 2;
/**
 * Share of a lease. The lease counts from when the receive was sent, so a message at the end of the wait still has a
 * third left, when its renewal is due.
 */
const WAIT_SHARE = 2 / 3;

interface ReceiveSettings {
  /** Seconds of a lease, requested with each receive and each renewal. */
  readonly visibilityTimeoutS: number;
  /** Seconds of a long poll. */
  readonly waitTimeS: number;
}

/**
 * The settings for receiving from a queue. Each receive names its lease, because the queue's own setting may differ
 * from the declaration or be useless, such as 0. A long poll ends well within the lease, and within the time for
 * closing.
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
