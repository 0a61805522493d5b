import { CreateBucketCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { handler } from '../../src/lambda.js';
import { BundleReader } from '../../src/features/bundles/archive/bundle-reader.js';
import { objectRanges } from '../../src/features/bundles/archive/object-ranges.js';
import { sqsEvent, startTestBroker, type TestBroker } from '../../src/testing/index.js';
import { notificationOf, type Announced } from '../features/bundles/announcements.js';

const QUEUE = 'weft-bundles-queue';
const BUNDLES = 'distribution';
let broker: TestBroker;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  broker = await startTestBroker({ embedded: true });
  const { endpoint, endpoints, credentials } = broker.clientOptions();
  environment = process.env;
  process.env = {
    ...environment,
    WEFT_CONSUME: 'bundles',
    WEFT_PROVISION: 'create',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: endpoints?.dynamodb,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
    DISTRIBUTION_BUCKET_NAME: BUNDLES,
    SERVICE_NAME: 'data-aggregator',
    IDEMPOTENCY_TABLE_NAME: 'aggregated',
    IDEMPOTENCY_TTL_DAYS: '7',
    LOG_LEVEL: 'silent',
  };
  for (const Bucket of ['uploads', BUNDLES]) {
    await broker.aws.s3.send(new CreateBucketCommand({ Bucket }));
  }
});
afterAll(async () => {
  process.env = environment;
  await broker.stop();
});

let run = 0;
beforeEach(() => {
  run += 1;
});

async function store(key: string, body: string): Promise<Announced> {
  const { ETag } = await broker.aws.s3.send(
    new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: body }),
  );
  const eTag = ETag?.replaceAll('"', '');
  return { bucket: 'uploads', key, size: body.length, eTag, sequencer: `s-${run}-${key}` };
}

const invoke = (bodies: readonly string[], remainingMs = 60_000) =>
  handler(
    sqsEvent(
      `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`,
      bodies.map((Body, index) => ({ MessageId: `m-${index}`, Body })),
    ),
    { awsRequestId: `request-${run}`, getRemainingTimeInMillis: () => remainingMs } as never,
  );

async function bundlesOf(requestId: string): Promise<BundleReader[]> {
  const { Contents = [] } = await broker.aws.s3.send(new ListObjectsV2Command({ Bucket: BUNDLES }));
  const keys = Contents.flatMap(({ Key }) => Key ?? []).filter((key) => key.includes(requestId));
  return Promise.all(
    keys.map((key) => BundleReader.open(objectRanges(broker.aws.s3, BUNDLES, key))),
  );
}

describe('the bundler as a Lambda', () => {
  it('makes one bundle of an invocation, under its request id', async () => {
    const objects = await Promise.all(['a', 'b', 'c'].map((key) => store(key, `This is ${key}`)));
    const bodies = objects.map((object) => notificationOf(object));
    expect(await invoke(bodies)).toEqual({ batchItemFailures: [] });
    const [bundle, ...more] = await bundlesOf('request-1');
    expect(more).toEqual([]);
    expect(bundle?.manifest.objects.map(({ key }) => key).toSorted()).toEqual(['a', 'b', 'c']);
  });

  it('bundles nothing again that an earlier invocation has bundled', async () => {
    const object = { ...(await store('a', 'This is a')), sequencer: 's-1-a' };
    const fresh = await store('d', 'fresh');
    expect(await invoke([notificationOf(object), notificationOf(fresh)])).toEqual({
      batchItemFailures: [],
    });
    const [bundle] = await bundlesOf('request-2');
    expect(bundle?.manifest.objects.map(({ key }) => key)).toEqual(['d']);
  });

  it('dead-letters what is malformed and bundles the rest', async () => {
    const object = await store('e', 'good');
    const answer = await invoke(['no JSON', notificationOf(object)]);
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(await bundlesOf('request-3')).toHaveLength(1);
    expect(await broker.depth(`${QUEUE}-dlq`)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('reports what it had no time for, and keeps time to store what it had', async () => {
    const object = await store('f', 'late');
    expect(await invoke([notificationOf(object)], 900)).toEqual({
      batchItemFailures: [{ itemIdentifier: 'm-0' }],
    });
    expect(await invoke([notificationOf(object)])).toEqual({ batchItemFailures: [] });
    const found = await bundlesOf('request-4');
    expect(found.flatMap(({ manifest }) => manifest.objects)).toMatchObject([{ key: 'f' }]);
  });

  it.each([
    'DISTRIBUTION_BUCKET_NAME',
    'SERVICE_NAME',
    'IDEMPOTENCY_TABLE_NAME',
    'IDEMPOTENCY_TTL_DAYS',
    'LOG_LEVEL',
  ])('does not start without %s', async (variable) => {
    const { [variable]: left, ...without } = process.env;
    const all = process.env;
    process.env = without;
    try {
      await expect(invoke([])).rejects.toThrow(
        `Missing required environment variable: ${variable}`,
      );
    } finally {
      process.env = all;
    }
    expect(left).toBeDefined();
  });
});
