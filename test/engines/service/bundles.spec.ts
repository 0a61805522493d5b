import { randomUUID } from 'node:crypto';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { unbundle } from '../../../src/features/bundles/index.js';
import { waitFor } from '../../support/wait.js';
import { addressOf } from '../engine.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';

const name = randomUUID().slice(0, 8);
const SOURCE = `uploads-${name}`;
const BUNDLES = `bundles-${name}`;
const OBJECTS = 60;

let service: RunningService;

beforeAll(async () => {
  const aws = new AwsClients({
    region: 'us-east-1',
    endpoint: addressOf('localstack'),
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  for (const Bucket of [SOURCE, BUNDLES]) await aws.s3.send(new CreateBucketCommand({ Bucket }));
  aws.destroy();
  service = await startOnEngines({
    DISTRIBUTION_BUCKET_NAME: BUNDLES,
    BUNDLE_SOURCE_BUCKETS: SOURCE,
    BUNDLE_QUEUE_NAME: `bundles-${name}`,
    BUNDLE_MAX_AGE_SECONDS: '2',
    BUNDLE_GROUP_BY: 'prefix:1',
  });
}, CLOSE_TIMEOUT_MS);
afterAll(() => service.close(), CLOSE_TIMEOUT_MS);

describe('Service: bundles', () => {
  it(
    'bundles what is stored in a bucket that the start pointed at the queue',
    async () => {
      const { s3 } = service.aws;
      const keys = Array.from({ length: OBJECTS }, (_, n) => `${n % 2 ? 'odd' : 'even'}/ü ${n}+%`);
      for (const Key of keys) {
        await s3.send(new PutObjectCommand({ Bucket: SOURCE, Key, Body: `This is ${Key}` }));
      }
      const gone = 'even/gone';
      await s3.send(new PutObjectCommand({ Bucket: SOURCE, Key: gone, Body: 'x' }));
      await s3.send(new DeleteObjectCommand({ Bucket: SOURCE, Key: gone }));

      const found = await waitFor(
        'every object in a bundle',
        async () => {
          const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUNDLES }));
          const read = await Promise.all(
            Contents.map(({ Key }) => unbundle(`s3://${BUNDLES}/${Key}`, { s3: () => s3 })),
          );
          const objects = read.flatMap((bundle) => bundle.objects);
          return objects.length >= OBJECTS ? read : undefined;
        },
        { timeoutMs: 60_000 },
      );
      const bundled = found.flatMap(({ objects }) => objects.map(({ key }) => key));
      expect(bundled.filter((key) => key !== gone).toSorted()).toEqual(keys.toSorted());
      expect(found.flatMap(({ faults }) => faults)).toEqual([]);
      for (const { objects } of found) {
        expect(new Set(objects.map(({ key }) => key.split('/')[0])).size).toBe(1);
      }
    },
    CLOSE_TIMEOUT_MS * 2,
  );
});
