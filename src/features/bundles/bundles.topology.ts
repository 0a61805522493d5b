import { defineTopology, type Topology } from '../../transport/topology/index.js';
import type { BundlesSettings } from './bundles.settings.js';
import { announcementCodec } from './intake/announcement.codec.js';

/** The messages of a killed process are redelivered after this time; a live process renews them. */
const VISIBILITY_TIMEOUT_S = 300;
/**
 * High, because a message whose object is in another process's open bundle is received repeatedly until that is stored.
 */
const MAX_RECEIVE_COUNT = 40;
/** SQS allows this many messages of one queue in flight. */
const MAX_IN_FLIGHT = 120_000;

/** Objects of the next bundle that are gathered while one is stored, as a share of a bundle; each costs memory. */
const AHEAD_SHARE = 1 / 4;

/** Messages wait for their bundle, so this covers those of one bundle, and some of the next. */
export const messagesInFlight = (maxObjects: number): number =>
  Math.min(MAX_IN_FLIGHT, Math.ceil(maxObjects * (1 + AHEAD_SHARE)));

/** The queue for notifications of new objects. */
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
        // The bundler remembers each object, not each message.
        idempotent: false,
        concurrency: messagesInFlight(maxObjects),
        deadLetter: { maxReceiveCount: MAX_RECEIVE_COUNT },
        // Without source buckets in the settings, the queue's policy is set up elsewhere.
        ...(sourceBuckets.length > 0 && { senders: sourceBuckets.map((bucket) => ({ bucket })) }),
      },
    ],
  });
}
