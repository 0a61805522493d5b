import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { DoctorLine } from '../../../src/platform/cli/index.js';
import { TestContext } from '../../app/cli/test.context.js';

const QUEUE = 'arn:aws:sqs:us-east-1:000000000000:weft-bundles-queue';

/** What the buckets answer to each question; the embedded S3 knows neither notifications nor versions. */
const answers = new Map<string, string>();
let server: Server;
let weft: TestContext;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  server = createServer(({ method, url = '/' }, response) => {
    const { pathname, search } = new URL(url, 'http://localhost');
    const question = /^\?(versioning|notification|replication)/.exec(search)?.[1] ?? 'head';
    const answer = answers.get(`${pathname.split('/')[1]} ${question}`);
    if (answer === 'denied') response.statusCode = 403;
    else if (answer === undefined) response.statusCode = 404;
    if (method === 'HEAD') return response.end();
    const code = { 403: 'AccessDenied', 404: 'NoSuchBucket' }[response.statusCode];
    return response.end(code ? `<Error><Code>${code}</Code></Error>` : answer);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  weft = await TestContext.start();
  const { endpoint, dynamodbEndpoint } = weft.embedded;
  const { credentials } = weft.embedded.clientOptions();
  environment = process.env;
  process.env = {
    ...environment,
    AWS_ACCESS_KEY_ID: credentials?.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials?.secretAccessKey,
  };
  weft.env = {
    WEFT_STACK: 'aws',
    WEFT_CONSUME: 'bundles',
    AWS_REGION: 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodbEndpoint,
    MONGODB_URI: 'mongodb://127.0.0.1:1/weft?serverSelectionTimeoutMS=100',
    DISTRIBUTION_BUCKET_NAME: 'distribution',
    BUNDLE_SOURCE_BUCKETS: 'uploads',
    SERVICE_NAME: 'data-aggregator',
    IDEMPOTENCY_TABLE_NAME: 'aggregated',
    IDEMPOTENCY_TTL_DAYS: '7',
    LOG_LEVEL: 'info',
  };
  await weft.run('topology', 'apply', '--yes');
});
afterAll(async () => {
  process.env = environment;
  await weft.stop();
  server.close();
});

beforeEach(() => {
  answers.clear();
  answers.set('distribution head', 'there');
  answers.set('distribution versioning', versioning('Enabled'));
  answers.set('distribution replication', REPLICATION);
  answers.set('uploads versioning', versioning('Suspended'));
  answers.set('uploads notification', notification(QUEUE));
});

const versioning = (status: string): string =>
  `<VersioningConfiguration><Status>${status}</Status></VersioningConfiguration>`;
const notification = (queue: string): string =>
  `<NotificationConfiguration><QueueConfiguration><Id>1</Id><Queue>${queue}</Queue><Event>s3:ObjectCreated:*</Event></QueueConfiguration></NotificationConfiguration>`;
const REPLICATION =
  '<ReplicationConfiguration><Role>r</Role><Rule><Status>Enabled</Status><Destination><Bucket>arn:aws:s3:::archive</Bucket></Destination></Rule></ReplicationConfiguration>';

/** The lines about buckets of bundles, in words. */
async function bucketLines(): Promise<string[]> {
  await weft.run('doctor');
  const lines = (weft.printed?.json ?? []) as DoctorLine[];
  return lines
    .filter(({ check }) => /^(distribution|source) bucket/i.test(check))
    .map(({ check, ok, detail }) => `${ok ? 'ok' : 'FAIL'} ${check}: ${detail}`);
}

describe('weft doctor where bundles are consumed', () => {
  it('shows which buckets notify the queue, and which are versioned and replicated', async () => {
    expect(await bucketLines()).toEqual([
      'ok Distribution bucket: distribution, versioned, replicated to archive',
      'ok Source bucket: uploads notifies the queue, not versioned',
    ]);
  });

  it('fails a source bucket that notifies another queue', async () => {
    answers.set('uploads notification', notification(`${QUEUE}-of-others`));
    expect(await bucketLines()).toContain(
      'FAIL Source bucket: uploads does not notify the queue of new objects',
    );
    expect(weft.code).toBe(3);
  });

  it('fails buckets that do not exist', async () => {
    answers.clear();
    expect(await bucketLines()).toEqual([
      'FAIL Distribution bucket: distribution does not exist',
      'FAIL Source bucket: uploads does not exist',
    ]);
  });

  it('fails a source bucket whose notifications it may not read, and no bucket for its versions', async () => {
    for (const question of ['distribution versioning', 'distribution replication'])
      answers.set(question, 'denied');
    answers.set('uploads notification', 'denied');
    expect(await bucketLines()).toEqual([
      'ok Distribution bucket: distribution, whether it is versioned may not be read by this role, whether it is replicated may not be read by this role',
      'FAIL Source bucket: the notifications of uploads may not be read by this role',
    ]);
  });
});
