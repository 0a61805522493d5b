import { defineTopology, type Topology } from '../../transport/topology/index.js';
import type { BundlesSettings } from './bundles.settings.js';
import { announcementCodec } from './intake/announcement.codec.js';

/** A process that is killed holds its messages no longer than this; while it lives they are renewed. */
const VISIBILITY_TIMEOUT_S = 300;
/** An object that is in another process's open bundle looks again now and then, and SQS counts each look. */
const MAX_RECEIVE_COUNT = 40;
/** SQS gives no more of one queue out at once. */
const MAX_IN_FLIGHT = 120_000;

/** Objects of the next bundle that are gathered while one is stored, as a share of a bundle; each costs memory. */
const AHEAD_SHARE = 1 / 4;

/** Messages wait for their bundle: as many as fit into one, and some for the next. */
export const messagesInFlight = (maxObjects: number): number =>
  Math.min(MAX_IN_FLIGHT, Math.ceil(maxObjects * (1 + AHEAD_SHARE)));

/** The queue that notifications of new objects come to. */
export function bundlesTopology({
  distributionBucket,
  queue,
  maxObjects,
  sourceBuckets,
}: BundlesSettings): Topology {
  if (distributionBucket === undefined) return defineTopology({});
  return defineTopology({
    queues: [
      {
        name: queue,
        patterns: ['bundles.*'],
        codec: announcementCodec,
        visibilityTimeoutS: VISIBILITY_TIMEOUT_S,
        // Each object is remembered, not each message.
        idempotent: false,
        concurrency: messagesInFlight(maxObjects),
        deadLetter: { maxReceiveCount: MAX_RECEIVE_COUNT },
        // Without any named, others set up who may send.
        ...(sourceBuckets.length > 0 && { senders: sourceBuckets.map((bucket) => ({ bucket })) }),
      },
    ],
  });
}
