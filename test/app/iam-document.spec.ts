import { Logger } from '@nestjs/common';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { iamDocument } from '../../src/app/iam-document.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { BundleMetrics } from '../../src/features/bundles/bundles.metrics.js';
import { bundlesSettings } from '../../src/features/bundles/bundles.settings.js';
import { createBundler } from '../../src/features/bundles/create-bundler.js';
import { StorageService } from '../../src/features/storage/storage.service.js';
import { MemoryIdempotencyStore } from '../../src/transport/index.js';
import { AwsClients } from '../../src/aws/index.js';
import type { IamPolicy } from '../../src/transport/topology/export/index.js';
import { allows, Judge, onS3 } from '../support/iam-evaluator.js';
import { TestStack } from '../support/transport.js';

const DENIAL = 'PayloadsAreNoContainer';

const settingsOf = (env: NodeJS.ProcessEnv = {}) =>
  loadServiceSettings({
    WEFT_STACK: 'aws',
    AWS_REGION: 'eu-central-1',
    MONGODB_URI: 'mongodb://127.0.0.1/weft',
    WEFT_PAYLOAD_BUCKET: 'payloads',
    STORAGE_CONTAINERS: '*',
    QUERY_ENGINE: 'athena',
    DISTRIBUTION_BUCKET_NAME: 'bundles',
    ...env,
  });
const documentOf = (env: NodeJS.ProcessEnv = {}) => iamDocument(settingsOf(env), '111122223333');

const document = documentOf();
const policies: readonly (readonly [string, IamPolicy])[] = [
  ['service', document.service],
  ...Object.entries(document.roles),
];

const without = (
  { Version: version, Statement: statements }: IamPolicy,
  sid: string,
): IamPolicy => ({
  Version: version,
  Statement: statements.filter(({ Sid: id }) => id !== sid),
});

/** What nobody is to do with bodies of messages. */
const NEVER = [
  onS3('ListBucket', 'payloads'),
  onS3('DeleteObject', 'payloads/a'),
  onS3('GetObjectVersion', 'payloads/a'),
];

describe('the exported policies of the service, on AWS with STORAGE_CONTAINERS=*', () => {
  it.each(policies)(
    'let %s write and read bodies of messages, and neither list nor delete them',
    (_role, policy) => {
      const needed = [onS3('PutObject', 'payloads/a'), onS3('GetObject', 'payloads/a')];
      expect(needed.filter((call) => !allows(policy, call))).toEqual([]);
      expect(NEVER.filter((call) => allows(policy, call))).toEqual([]);
    },
  );

  it.each(['service', 'storage', 'query', 'bundles'])(
    'would let %s list or delete them without the denial, so that the denial is needed',
    (role) => {
      const policy = policies.find(([name]) => name === role)?.[1] ?? document.provisioner;
      expect(NEVER.filter((call) => allows(without(policy, DENIAL), call))).not.toEqual([]);
    },
  );

  it.each([
    ['the containers are named', { STORAGE_CONTAINERS: 'data', QUERY_ENGINE: 'none' }],
    ['there is no payload bucket', { WEFT_PAYLOAD_BUCKET: undefined }],
  ])('deny nothing where %s', (_where, env) => {
    const { storage } = documentOf(env).roles;
    expect(storage?.Statement.map(({ Effect: effect }) => effect)).not.toContain('Deny');
  });
});

describe('storage under its exported policy', () => {
  const policy = document.roles['storage'] ?? document.service;
  let stack: TestStack;
  let aws: AwsClients;
  let judge: Judge;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    stack = await TestStack.start({ embedded: true });
    for (const bucket of ['data', 'payloads']) stack.embedded.createBucket(bucket);
    judge = new Judge(policy, () => Promise.resolve({}));
    aws = new AwsClients((await stack.proxy(judge)).clientOptions());
    const storage = new StorageService(aws, settingsOf());
    const [object, copy] = ['a b/ü.txt', 'copy'].map((path) => ({ container: 'data', path }));
    if (!object || !copy) throw new Error('two objects');
    await storage.put({ ...object, data: 'x' }, 'c1');
    await storage.copy({ source: object, target: copy });
    await storage.get(object);
    await storage.head(copy);
    await storage.list({ container: 'data' });
    await storage.delete(copy);
  });
  afterAll(async () => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    aws.destroy();
    await stack.stop();
  });

  it('is denied nothing that its Commands ask of S3', () => {
    expect(judge.denied).toEqual([]);
  });

  it.each(['Objects', 'Listings'])(
    'has no statement that its Commands can do without: %s',
    (sid) => {
      const missed = judge.calls.filter((call) => !allows(without(policy, sid), call));
      expect(missed.length).toBeGreaterThan(0);
    },
  );
});

describe('bundles under their exported policy', () => {
  const env = {
    BUNDLE_SOURCE_BUCKETS: 'uploads',
    BUNDLE_TAGS: 'team=data',
    BUNDLE_MAX_OBJECTS: '2',
    WEFT_PAYLOAD_BUCKET: undefined,
  };
  const policy = documentOf(env).roles['bundles'] ?? document.service;
  let stack: TestStack;
  let aws: AwsClients;
  let judge: Judge;

  beforeAll(async () => {
    Logger.overrideLogger(false);
    stack = await TestStack.start({ embedded: true });
    for (const bucket of ['uploads', 'bundles']) stack.embedded.createBucket(bucket);
    judge = new Judge(policy, () => Promise.resolve({}));
    const proxy = await stack.proxy(judge);
    aws = new AwsClients(proxy.clientOptions());
    const settings = settingsOf(env);
    const bundler = createBundler(
      {
        aws,
        settings,
        store: new MemoryIdempotencyStore(),
        metrics: new BundleMetrics(),
        bundles: { ...bundlesSettings.of(settings), distributionBucket: 'bundles' },
      },
      { requestId: 'r' },
    );
    for (const key of ['a', 'b']) {
      await stack.aws.s3.send(new PutObjectCommand({ Bucket: 'uploads', Key: key, Body: 'x' }));
    }
    const object = { bucket: 'uploads', size: 1, etag: null };
    await Promise.all([
      bundler.add({ ...object, key: 'a', version_id: null, sequencer: '1' }),
      bundler.add({ ...object, key: 'b', version_id: 'v', sequencer: null }),
    ]);
  });
  afterAll(async () => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    aws.destroy();
    await stack.stop();
  });

  it('are denied nothing that a bundle asks of S3', () => {
    expect(judge.denied).toEqual([]);
  });

  it.each(['BundlesRead', 'BundlesStore'])(
    'have no statement that a bundle can do without: %s',
    (sid) => {
      const missed = judge.calls.filter((call) => !allows(without(policy, sid), call));
      expect(missed.length).toBeGreaterThan(0);
    },
  );

  it('may not read or write objects of other buckets', () => {
    const others = [
      onS3('GetObject', 'secrets/a'),
      onS3('PutObject', 'uploads/a'),
      onS3('DeleteObject', 'uploads/a'),
      onS3('DeleteObject', 'bundles/a'),
    ];
    expect(others.filter((call) => allows(policy, call))).toEqual([]);
  });
});
