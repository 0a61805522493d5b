import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { ListTopicsCommand } from '@aws-sdk/client-sns';
import { ListQueuesCommand } from '@aws-sdk/client-sqs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AwsClients, isTransient } from '../../src/aws/index.js';
import { readBody } from '../../src/aws/read-body.js';

const HEAD = { 'x-amzn-requestid': 'r', etag: '"e"', 'content-length': '100000' };
const LIMIT_MS = 200;

/** The head of an answer and its first byte. */
const begin = (response: ServerResponse): void => {
  response.writeHead(200, HEAD);
  response.write('{');
};
/** A byte now and then: never idle, never whole. */
const drip = (response: ServerResponse): void => {
  begin(response);
  const timer = setInterval(() => response.write(' '), 20);
  response.on('close', () => clearInterval(timer));
};

let answer: (response: ServerResponse) => void;
const server = createServer((request, response) => {
  request.resume().on('end', () => answer(response));
});
const made: AwsClients[] = [];

const clients = (maxAttempts = 1, tunedClients = true): AwsClients => {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'AKID', secretAccessKey: 'secret' };
  const limits = { maxAttempts, requestTimeoutMs: LIMIT_MS, tunedClients };
  const aws = new AwsClients({ region: 'eu-central-1', endpoint, credentials, ...limits });
  made.push(aws);
  return aws;
};

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterEach(() => {
  for (const aws of made.splice(0)) aws.destroy();
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

type Call = (aws: AwsClients) => Promise<unknown>;

const item = { TableName: 'table', Key: { id: { S: 'x' } } };
const read = async ({ s3 }: AwsClients): Promise<Buffer> => {
  const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'box', Key: 'key' }));
  return readBody(body, 1_000_000);
};

const CALLS: readonly (readonly [string, Call, tuned?: boolean])[] = [
  ['SQS', ({ sqs }) => sqs.send(new ListQueuesCommand({}))],
  ['SQS by the SDK alone', ({ sqs }) => sqs.send(new ListQueuesCommand({})), false],
  ['SNS', ({ sns }) => sns.send(new ListTopicsCommand({}))],
  ['SNS by the SDK alone', ({ sns }) => sns.send(new ListTopicsCommand({})), false],
  ['DynamoDB', ({ dynamodb }) => dynamodb.send(new GetItemCommand(item))],
];

describe.each(CALLS)('an answer of %s', (_service, call, tuned) => {
  it.each([
    ['stops after its first byte', begin],
    ['drips and never ends', drip],
  ])('that %s is given up and asked for again', async (_how, script) => {
    answer = script;
    const failure: unknown = await call(clients(2, tuned)).catch((error: unknown) => error);
    // By the client's count: of a process that is starved, a call may be over before the server has taken it.
    const $metadata = { attempts: 2 };
    expect(failure).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT', $metadata });
    expect({ isTransient: isTransient(failure) }).toEqual({ isTransient: true });
  });
});

describe('the body of a stored object', () => {
  it('that stops after its first byte is given up', async () => {
    answer = begin;
    const failure: unknown = await read(clients()).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'TimeoutError', code: 'ETIMEDOUT' });
    expect({ isTransient: isTransient(failure) }).toEqual({ isTransient: true });
  });

  it('may take longer than the limit as long as it goes on', async () => {
    const parts = 12;
    answer = (response) => {
      response.writeHead(200, { ...HEAD, 'content-length': String(parts) });
      let sent = 0;
      const timer = setInterval(() => {
        response.write('x');
        if ((sent += 1) < parts) return;
        clearInterval(timer);
        response.end();
      }, LIMIT_MS / 8);
    };
    const body = await read(clients());
    expect(body.length).toBe(parts);
  });

  it('whose reader pauses for longer than the limit is left alone', async () => {
    const bytes = Buffer.alloc(4_000_000, 'x');
    answer = (response) =>
      response.writeHead(200, { ...HEAD, 'content-length': String(bytes.length) }).end(bytes);
    const { s3 } = clients();
    const { Body: body } = await s3.send(new GetObjectCommand({ Bucket: 'box', Key: 'key' }));
    await sleep(3 * LIMIT_MS);
    const got = await readBody(body, bytes.length);
    expect(got.length).toBe(bytes.length);
  });
});
