import type { AwsClients } from '../../aws/index.js';
import type { Settings } from '../../platform/config/index.js';
import { systemClock } from '../../transport/clock.js';
import type { IdempotencyStore } from '../../transport/idempotency/idempotency.store.js';
import type { BundleMetrics } from './bundles.metrics.js';
import type { BundlesSettings } from './bundles.settings.js';
import { BundleStore } from './gathering/bundle-store.js';
import { Bundler } from './gathering/bundler.js';
import type { BundlerOptions } from './gathering/bundler.options.js';
import { grouping } from './gathering/group-by.js';
import { ObjectFetcher } from './gathering/object-fetcher.js';
import { BUNDLE_LEASE_MS, Reservations } from './gathering/reservations.js';

interface BundlerNeeds {
  readonly aws: AwsClients;
  readonly store: IdempotencyStore;
  readonly metrics: BundleMetrics;
  readonly settings: Settings;
  readonly bundles: BundlesSettings & { readonly distributionBucket: string };
}

/** Creates the bundler of the settings. */
export function createBundler(
  { aws, store, metrics, settings, bundles }: BundlerNeeds,
  own: Pick<BundlerOptions, 'requestId'> & { readonly leaseMs?: number },
): Bundler {
  const { distributionBucket, storageClass, tags, sourceBuckets } = bundles;
  const { leaseMs = BUNDLE_LEASE_MS, ...options } = own;
  const s3 = () => aws.s3;
  const stored = new BundleStore(s3, { bucket: distributionBucket, storageClass, tags });
  const { ttlS } = settings.idempotency;
  const { payloadBucket } = settings.messaging;
  return new Bundler(
    {
      fetcher: new ObjectFetcher(s3),
      store: stored,
      reservations: new Reservations(store, stored, { ttlS, leaseMs }, systemClock),
      metrics,
      clock: systemClock,
    },
    {
      maxInputBytes: bundles.maxInputBytes,
      maxObjects: bundles.maxObjects,
      maxAgeMs: bundles.maxAgeMs,
      compressionLevel: bundles.compressionLevel,
      groupOf: grouping(bundles.groupBy),
      sourceBuckets: new Set(sourceBuckets),
      ownBuckets: new Set([distributionBucket, ...(payloadBucket ? [payloadBucket] : [])]),
      ...options,
    },
  );
}
