import { randomUUID } from 'node:crypto';
import {
  Inject,
  Injectable,
  Module,
  type DynamicModule,
  type FactoryProvider,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { AwsClients } from '../../aws/index.js';
import { MAKE_BUCKET, type MakeBucket } from '../../aws/make-bucket.js';
import { IDEMPOTENCY_STORE } from '../../messaging/index.js';
import { consumes, SETTINGS, type Settings } from '../../platform/config/index.js';
import { MetricsRegistry } from '../../platform/telemetry/metrics/index.js';
import { SnsSqsServer } from '../../transport/index.js';
import type { IdempotencyStore } from '../../transport/idempotency/idempotency.store.js';
import { BundlesController } from './bundles.controller.js';
import { BundleMetrics } from './bundles.metrics.js';
import { bundlesSettings, type BundlesSettings } from './bundles.settings.js';
import { createBundler } from './create-bundler.js';
import { Bundler } from './gathering/bundler.js';
import { connectSourceBuckets } from './source-buckets.js';

/** Connects the source buckets before the first message is received. */
@Injectable()
class SourceBuckets implements OnApplicationBootstrap {
  constructor(
    private readonly aws: AwsClients,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  onApplicationBootstrap(): Promise<void> {
    return connectSourceBuckets(this.aws, bundlesSettings.of(this.settings), this.settings);
  }
}

/** Bundles announced objects. Requires `AwsClients`, an idempotency store and the messaging module. */
@Module({})
export class BundlesModule {
  /**
   * Empty without a distribution bucket in the settings, and if another process consumes the queue.
   *
   * @param connected whether the start makes the source buckets notify the queue, or verifies it.
   */
  static forRoot(settings: Settings, connected = true): DynamicModule {
    const bundles = bundlesSettings.of(settings);
    const { distributionBucket } = bundles;
    if (distributionBucket === undefined || !consumes(settings, 'bundles')) {
      return { module: BundlesModule };
    }
    return {
      module: BundlesModule,
      controllers: [BundlesController],
      providers: [
        {
          provide: BundleMetrics,
          useFactory: (registry?: MetricsRegistry) => new BundleMetrics(registry),
          inject: [{ token: MetricsRegistry, optional: true }],
        },
        bundlerProvider(settings, { ...bundles, distributionBucket }),
        // The embedded S3 sends no notifications.
        ...(connected && settings.stack === 'aws' ? [SourceBuckets] : []),
      ],
    };
  }
}

const bundlerProvider = (
  settings: Settings,
  bundles: BundlesSettings & { distributionBucket: string },
): FactoryProvider<Bundler> => ({
  provide: Bundler,
  useFactory(
    aws: AwsClients,
    store: IdempotencyStore,
    metrics: BundleMetrics,
    server: SnsSqsServer,
    makeBucket?: MakeBucket,
  ) {
    makeBucket?.(bundles.distributionBucket);
    const requestId = randomUUID();
    const bundler = createBundler({ aws, store, metrics, settings, bundles }, { requestId });
    // Messages wait for their bundle, and no further objects will fill it.
    server.onDrain(() => void bundler.drain());
    return bundler;
  },
  inject: [
    AwsClients,
    IDEMPOTENCY_STORE,
    BundleMetrics,
    SnsSqsServer,
    { token: MAKE_BUCKET, optional: true },
  ],
});
