import { createHash, createHmac } from 'node:crypto';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { GetItemCommand, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { CreateTopicCommand, ListTopicsCommand } from '@aws-sdk/client-sns';
import { CreateQueueCommand, ListQueuesCommand } from '@aws-sdk/client-sqs';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import { EmbeddedAws } from '../../../src/platform/embedded/index.js';

let embedded: EmbeddedAws;
let aws: AwsClients;
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'weft-gate-'));
  embedded = await EmbeddedAws.start({ dataDir });
  aws = new AwsClients(embedded.clientOptions());
});
afterAll(async () => {
  aws.destroy();
  await embedded.stop();
  await rm(dataDir, { recursive: true, force: true });
});

interface Sent {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** As it is: `fetch` sets Host and Origin itself. */
async function send(
  endpoint: string,
  { method = 'POST', path = '/', headers = {}, body = '' }: Sent,
) {
  const { hostname, port } = new URL(endpoint);
  return new Promise<{ status: number; headers: IncomingHttpHeaders; body: string }>(
    (resolve, reject) => {
      const sent = httpRequest({ hostname, port, method, path, headers }, (answer) => {
        text(answer).then(
          (told) =>
            resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: told }),
          reject,
        );
      });
      sent.once('error', reject);
      sent.end(body);
    },
  );
}

const form = { 'Content-Type': 'application/x-www-form-urlencoded' };
const json = { 'Content-Type': 'application/x-amz-json-1.0' };
const CREATE_TOPIC = 'Action=CreateTopic&Name=by-a-page&Version=2010-03-31';

const sha256 = (content: string): string => createHash('sha256').update(content).digest('hex');
const hmac = (key: string | Buffer, content: string): Buffer =>
  createHmac('sha256', key).update(content).digest();

/** Signed as botocore signs for SQS and DynamoDB: without a header for the hash of the body. */
function signedPlainly(
  endpoint: string,
  service: string,
  target: string,
  body: string,
): Record<string, string> {
  const { accessKeyId = '', secretAccessKey = '' } = embedded.clientOptions().credentials ?? {};
  const time = `${new Date().toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const scope = [time.slice(0, 8), 'us-east-1', service, 'aws4_request'];
  const headers = {
    'content-type': 'application/x-amz-json-1.0',
    host: new URL(endpoint).host,
    'x-amz-date': time,
    'x-amz-target': target,
  };
  const names = Object.keys(headers).join(';');
  const lines = Object.entries(headers).map(([name, value]) => `${name}:${value}\n`);
  const whole = sha256(`POST\n/\n\n${lines.join('')}\n${names}\n${sha256(body)}`);
  const key = scope.reduce<string | Buffer>(
    (from, part) => hmac(from, part),
    `AWS4${secretAccessKey}`,
  );
  const signed = `AWS4-HMAC-SHA256\n${time}\n${scope.join('/')}\n${whole}`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope.join('/')}, SignedHeaders=${names}, Signature=${hmac(key, signed).toString('hex')}`;
  return { ...headers, authorization };
}

describe('The embedded stack', () => {
  it.each([
    [
      'a form of a page, to SNS',
      { headers: form, body: CREATE_TOPIC },
      'MissingAuthenticationToken',
    ],
    [
      'a form of a page, with its Origin',
      { headers: { ...form, Origin: 'https://evil.example' }, body: CREATE_TOPIC },
      'ForeignOrigin',
    ],
    [
      'a page whose name was made to resolve to this machine',
      { headers: { ...form, Host: 'evil.example' }, body: CREATE_TOPIC },
      'ForeignOrigin',
    ],
    [
      'JSON to SQS',
      { headers: { ...json, 'X-Amz-Target': 'AmazonSQS.ListQueues' }, body: '{}' },
      'MissingAuthenticationToken',
    ],
    ['a look into S3', { method: 'GET' }, 'MissingAuthenticationToken'],
    [
      'any credentials',
      {
        headers: {
          ...form,
          Authorization: `AWS4-HMAC-SHA256 Credential=embedded/20261126/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`,
          'X-Amz-Date': '20261126T000000Z',
        },
        body: CREATE_TOPIC,
      },
      'InvalidClientTokenId',
    ],
    ['no signature', { headers: { ...form, Authorization: 'Bearer x' } }, 'IncompleteSignature'],
    [
      'a method of its own',
      {
        method: 'OPTIONS',
        headers: { Origin: 'https://evil.example', 'Access-Control-Request-Method': 'POST' },
      },
      'ForeignOrigin',
    ],
  ])('refuses %s', async (_what, sent: Sent, code) => {
    for (const endpoint of [embedded.endpoint, embedded.dynamodbEndpoint]) {
      const answer = await send(endpoint, sent);
      expect(answer.status).toBe(403);
      expect(answer.body).toContain(code);
      expect(Object.keys(answer.headers).join()).not.toContain('access-control');
    }
    const { Topics = [] } = await aws.sns.send(new ListTopicsCommand({}));
    expect(Topics).toEqual([]);
  });

  it('refuses the right access key with another secret, as each SDK client reads it', async () => {
    const options = embedded.clientOptions();
    const accessKeyId = options.credentials?.accessKeyId ?? '';
    const stranger = new AwsClients({
      ...options,
      credentials: { accessKeyId, secretAccessKey: 'guessed' },
    });
    const refusals = await Promise.allSettled([
      stranger.sns.send(new ListTopicsCommand({})),
      stranger.sqs.send(new ListQueuesCommand({})),
      stranger.s3.send(new ListBucketsCommand({})),
      stranger.dynamodb.send(new ListTablesCommand({})),
    ]);
    stranger.destroy();
    expect(refusals.map((one) => one.status === 'rejected' && (one.reason as Error).name)).toEqual(
      Array(4).fill('SignatureDoesNotMatch'),
    );
  });

  it.each([
    ['the tuned clients', {}],
    ['clients as the SDK makes them', { tunedClients: false }],
  ])('hears %s, whatever is in a name', async (_what, options) => {
    const clients = new AwsClients({ ...embedded.clientOptions(), ...options });
    const { s3, sqs, sns } = clients;
    await sns.send(new CreateTopicCommand({ Name: 'heard' }));
    await sqs.send(new CreateQueueCommand({ QueueName: 'heard' }));
    await s3.send(new CreateBucketCommand({ Bucket: 'heard' }));
    const Key = "a b/ü+(1)!*'&?=#%41.bin";
    await s3.send(
      new PutObjectCommand({ Bucket: 'heard', Key, Body: 'x', Metadata: { a: 'b  c' } }),
    );
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'heard', Key }));
    expect(await Body?.transformToString()).toBe('x');
    await sns.send(
      new (await import('@aws-sdk/client-sns')).DeleteTopicCommand({
        TopicArn: 'arn:aws:sns:us-east-1:000000000000:heard',
      }),
    );
    clients.destroy();
  });

  it('hears programs that sign the body without a header for its hash, as the AWS CLI does', async () => {
    const body = JSON.stringify({ QueueNamePrefix: 'x'.repeat(50), MaxResults: 1 });
    const target = 'AmazonSQS.ListQueues';
    const headers = signedPlainly(embedded.endpoint, 'sqs', target, body);
    expect(headers).not.toHaveProperty('x-amz-content-sha256');
    expect(await send(embedded.endpoint, { headers, body })).toMatchObject({ status: 200 });
    const other = body.replace('xxx', 'yyy');
    expect((await send(embedded.endpoint, { headers, body: other })).body).toContain(
      'SignatureDoesNotMatch',
    );
    const tables = signedPlainly(
      embedded.dynamodbEndpoint,
      'dynamodb',
      'DynamoDB_20120810.ListTables',
      '{}',
    );
    expect(await send(embedded.dynamodbEndpoint, { headers: tables, body: '{}' })).toMatchObject({
      status: 200,
      body: '{"TableNames":[]}',
    });
  });

  it('lets a presigned URL in until it expires, and nothing else by it', async () => {
    await aws.s3.send(new CreateBucketCommand({ Bucket: 'shared' }));
    await aws.s3.send(new PutObjectCommand({ Bucket: 'shared', Key: 'a/ü.txt', Body: 'hello' }));
    const command = new GetObjectCommand({ Bucket: 'shared', Key: 'a/ü.txt' });
    const url = await getSignedUrl(aws.s3, command, { expiresIn: 60 });
    expect(await (await fetch(url)).text()).toBe('hello');
    expect((await fetch(url.replace('.txt', '.bin'))).status).toBe(403);
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(403);
    expect((await fetch(url.replace('X-Amz-Expires=60', 'X-Amz-Expires=600'))).status).toBe(403);
    const signingDate = new Date(Date.now() - 61_000);
    const old = await getSignedUrl(aws.s3, command, { expiresIn: 60, signingDate });
    expect((await fetch(old)).status).toBe(403);
  });

  it('keeps its credentials in a file of this user alone, new at each start', async () => {
    const file = embedded.credentialsFile ?? '';
    const { accessKeyId, secretAccessKey } = embedded.clientOptions().credentials ?? {};
    expect(await readFile(file, 'utf8')).toBe(
      `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
    );
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const other = await EmbeddedAws.start();
    expect(other.clientOptions().credentials).not.toEqual(embedded.clientOptions().credentials);
    expect(other.credentialsFile).toBeUndefined();
    const stranger = new AwsClients({
      ...other.clientOptions(),
      endpoints: { dynamodb: embedded.dynamodbEndpoint },
    });
    const read = stranger.dynamodb.send(
      new GetItemCommand({ TableName: 't', Key: { id: { S: '' } } }),
    );
    await expect(read).rejects.toThrow('new at each start');
    stranger.destroy();
    await other.stop();
  });
});
