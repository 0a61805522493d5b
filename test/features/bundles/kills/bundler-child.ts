import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { loadServiceSettings } from '../../../../src/app/service-settings.js';
import { AwsClients, type AwsClientsOptions } from '../../../../src/aws/index.js';
import { BundlesController } from '../../../../src/features/bundles/bundles.controller.js';
import { BundleMetrics } from '../../../../src/features/bundles/bundles.metrics.js';
import { bundlesSettings } from '../../../../src/features/bundles/bundles.settings.js';
import { createBundler } from '../../../../src/features/bundles/create-bundler.js';
import { Bundler } from '../../../../src/features/bundles/gathering/bundler.js';
import { connectSnsSqs, SnsSqsServer } from '../../../../src/transport/index.js';
import { DynamoDbIdempotencyStore } from '../../../../src/transport/idempotency/index.js';
import { killsTopology } from './kills.topology.js';

/** What the process that is killed is told. */
export interface BundlerTask {
  readonly aws: AwsClientsOptions;
  readonly queue: string;
  readonly distributionBucket: string;
  readonly table: string;
  readonly maxObjects: number;
}

/** Milliseconds without a renewal after which its bundles are another's to decide on. */
const LEASE_MS = 2000;

process.on('message', (task: BundlerTask) => void start(task));
process.send?.('loaded');

async function start({ aws: options, ...task }: BundlerTask): Promise<void> {
  const aws = new AwsClients(options);
  const settings = loadServiceSettings({
    DISTRIBUTION_BUCKET_NAME: task.distributionBucket,
    BUNDLE_MAX_OBJECTS: String(task.maxObjects),
    BUNDLE_MAX_AGE_SECONDS: '1',
  });
  const { distributionBucket } = task;
  const metrics = new BundleMetrics();
  const bundler = createBundler(
    {
      aws,
      store: new DynamoDbIdempotencyStore(aws.dynamodb, task.table),
      metrics,
      settings,
      bundles: { ...bundlesSettings.of(settings), distributionBucket },
    },
    { requestId: `pid-${process.pid}`, leaseMs: LEASE_MS },
  );
  @Module({
    controllers: [BundlesController],
    providers: [
      { provide: Bundler, useValue: bundler },
      { provide: BundleMetrics, useValue: metrics },
    ],
  })
  class KilledModule {}
  const app = await NestFactory.create(KilledModule, { logger: false });
  const server = new SnsSqsServer({
    topology: killsTopology(task.queue),
    aws,
    provision: 'create',
  });
  connectSnsSqs(app, server);
  await app.init();
  await app.startAllMicroservices();
  process.send?.('receiving');
}
