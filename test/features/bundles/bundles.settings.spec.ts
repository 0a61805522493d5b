import { describe, expect, it } from '@jest/globals';
import { bundlesSettings } from '../../../src/features/bundles/index.js';
import { grouping } from '../../../src/features/bundles/gathering/group-by.js';
import { ConfigurationError, loadSettings } from '../../../src/platform/config/index.js';

const AWS = { WEFT_STACK: 'aws', AWS_REGION: 'eu-central-1', MONGODB_URI: 'mongodb://db/weft' };
const REQUIRED = {
  DISTRIBUTION_BUCKET_NAME: 'distribution',
  SERVICE_NAME: 'data-aggregator',
  IDEMPOTENCY_TABLE_NAME: 'idempotency',
  IDEMPOTENCY_TTL_DAYS: '7',
  LOG_LEVEL: 'INFO',
};
const read = (env: NodeJS.ProcessEnv) =>
  bundlesSettings.of(loadSettings(env, { sections: [bundlesSettings], roles: ['bundles'] }));

describe('the settings of bundles', () => {
  it('need nothing on the embedded stack, and leave bundles out on AWS', () => {
    expect(read({})).toMatchObject({
      distributionBucket: 'weft-bundles',
      queue: 'weft-bundles-queue',
      maxInputBytes: 100 * 1024 * 1024,
      maxObjects: 10_000,
      maxAgeMs: 60_000,
      compressionLevel: 6,
    });
    expect(read(AWS).distributionBucket).toBeUndefined();
  });

  it.each(Object.keys(REQUIRED))('need %s where WEFT_CONSUME names bundles', (variable) => {
    const env: NodeJS.ProcessEnv = { ...AWS, ...REQUIRED, WEFT_CONSUME: 'bundles' };
    expect(read(env).distributionBucket).toBe('distribution');
    delete env[variable];
    expect(() => read(env)).toThrow(
      `Missing required environment variable: ${variable} (WEFT_CONSUME names bundles)`,
    );
  });

  it.each<[string, string]>([
    ['MAX_BUNDLE_INPUT_MB', '0'],
    ['BUNDLE_MAX_OBJECTS', '1e3'],
    ['BUNDLE_MAX_AGE_SECONDS', '3600'],
    ['BUNDLE_COMPRESSION_LEVEL', '10'],
    ['BUNDLE_STORAGE_CLASS', 'CHEAP'],
    ['BUNDLE_TAGS', 'team'],
    ['BUNDLE_GROUP_BY', 'prefix:0'],
    ['BUNDLE_GROUP_BY', '/(/'],
    ['BUNDLE_QUEUE_NAME', 'none'],
    ['BUNDLE_SOURCE_BUCKETS', 'Raw'],
  ])('refuse %s=%s', (variable, value) => {
    expect(() => read({ [variable]: value })).toThrow(ConfigurationError);
  });

  it('refuse to bundle bundles, and to bundle without a memory', () => {
    const env = { DISTRIBUTION_BUCKET_NAME: 'one', BUNDLE_SOURCE_BUCKETS: 'two,one' };
    expect(() => read(env)).toThrow('names one, which is the bucket of the bundles');
    expect(() => read({ IDEMPOTENCY_TABLE_NAME: 'none' })).toThrow(
      'IDEMPOTENCY_TABLE_NAME is none',
    );
  });

  it('read tags', () => {
    expect(read({ BUNDLE_TAGS: 'team=data,cost=4 2' }).tags).toEqual({ team: 'data', cost: '4 2' });
  });
});

describe('the group of an object', () => {
  it.each([
    [undefined, 'a/b/c', ''],
    ['prefix:1', 'a/b/c', 'a'],
    ['prefix:2', 'a/b/c', 'a/b'],
    ['prefix:5', 'a/b/c', 'a/b'],
    ['prefix:1', 'c', ''],
    ['/^tenant-(\\d+)/', 'tenant-17/x', '17'],
    ['/^tenant-\\d+/', 'tenant-17/x', 'tenant-17'],
    ['/^tenant-(\\d+)/', 'other/x', ''],
  ])('by %j of %j is %j', (value, key, group) => {
    expect(grouping(value)(key)).toBe(group);
  });
});
