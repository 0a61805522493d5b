import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { ByteBudget } from '../../src/aws/byte-budget.js';
import { AwsClients, type AwsClientsOptions } from '../../src/aws/index.js';
import { BundleMetrics } from '../../src/features/bundles/bundles.metrics.js';
import { bundlesSettings } from '../../src/features/bundles/bundles.settings.js';
import { messagesInFlight } from '../../src/features/bundles/bundles.topology.js';
import { createBundler } from '../../src/features/bundles/create-bundler.js';
import { loadSettings } from '../../src/platform/config/index.js';
import type { IdempotencyStore } from '../../src/transport/idempotency/idempotency.store.js';

/** What a bundler is to do. */
export interface BundlerTask {
  readonly aws: AwsClientsOptions;
  readonly objects: number;
  readonly bytes: number;
  /** Of gzip. */
  readonly level: number;
}

/** What it took. */
export interface BundlerFigures {
  readonly ms: number;
  /** Of the bundler's process alone. */
  readonly cpuMs: number;
  /** The most over what it was before, in bytes. */
  readonly grownBytes: number;
}

const SAMPLE_MS = 20;
const MAX_OBJECTS = 10_000;

/** Nothing is announced twice here, and a store of its own would be measured with the bundler. */
const FORGETFUL: IdempotencyStore = {
  reserve: () => Promise.resolve(undefined),
  renew: () => Promise.resolve(true),
  commit: () => Promise.resolve(true),
  release: () => Promise.resolve(true),
};

process.on('message', (task: BundlerTask) => void bundle(task));

async function bundle({ aws: options, objects, bytes, level }: BundlerTask): Promise<void> {
  Logger.overrideLogger(false);
  const aws = new AwsClients(options);
  const settings = loadSettings(
    {
      MAX_BUNDLE_INPUT_MB: '6000',
      BUNDLE_MAX_OBJECTS: String(MAX_OBJECTS),
      BUNDLE_COMPRESSION_LEVEL: String(level),
    },
    { sections: [bundlesSettings] },
  );
  const bundler = createBundler(
    {
      aws,
      store: FORGETFUL,
      metrics: new BundleMetrics(),
      settings,
      bundles: { ...bundlesSettings.of(settings), distributionBucket: 'distribution' },
    },
    { requestId: 'bench' },
  );
  const started = {
    rss: process.memoryUsage.rss(),
    cpu: process.cpuUsage(),
    ms: performance.now(),
  };
  let peak = started.rss;
  const sampling = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), SAMPLE_MS);
  const identity = { bucket: 'uploads', version_id: null, etag: 'e', size: bytes };
  // As many at once as the queue of the service has messages in flight.
  const inFlight = new ByteBudget(messagesInFlight(MAX_OBJECTS));
  for (let n = 0; n < objects; n++) {
    const place = await inFlight.take(1);
    const added = bundler.add({ ...identity, key: `events/${bytes}-${n}`, sequencer: String(n) });
    void added.then(() => place.release());
  }
  await bundler.drain();
  await inFlight.take(inFlight.capacity);
  clearInterval(sampling);
  const { user, system } = process.cpuUsage(started.cpu);
  const figures: BundlerFigures = {
    ms: performance.now() - started.ms,
    cpuMs: (user + system) / 1000,
    grownBytes: peak - started.rss,
  };
  process.send?.(figures);
  aws.destroy();
}
