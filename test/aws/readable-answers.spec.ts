import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { GetItemCommand } from '@aws-sdk/client-dynamodb';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { PublishCommand } from '@aws-sdk/client-sns';
import { ReceiveMessageCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClients, isTransient } from '../../src/aws/index.js';
import { brokerOf } from '../../src/transport/broker/broker-of.js';

const PAGE = '<html><body>Sign in to the network</body></html>';
const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };
const PAGE_TYPE = { 'content-type': 'text/html; charset=utf-8' };

let answer: { headers: OutgoingHttpHeaders; body: string };
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().on('end', () => response.writeHead(200, answer.headers).end(answer.body));
});
let aws: AwsClients;
let url = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  url = `${endpoint}/000000000000/jobs`;
  const credentials = { accessKeyId: 'who', secretAccessKey: 'secret' };
  aws = new AwsClients({ region: 'eu-central-1', endpoint, credentials });
});
beforeEach(() => {
  requests = 0;
});
afterAll(() => {
  aws.destroy();
  server.closeAllConnections();
  server.close();
});

const place = { Bucket: 'box', Key: 'key' };
const CALLS: Readonly<Record<string, () => Promise<unknown>>> = {
  SQS: () => aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: 'x' })),
  SNS: () => aws.sns.send(new PublishCommand({ TopicArn: 'arn:aws:sns:::t', Message: 'x' })),
  S3: () => aws.s3.send(new ListObjectsV2Command({ Bucket: 'box' })),
  DynamoDB: () =>
    aws.dynamodb.send(new GetItemCommand({ TableName: 't', Key: { id: { S: 'x' } } })),
};

describe.each(Object.entries(CALLS))('an answer 200 that %s does not give', (service, call) => {
  it.each([
    ['the page of a proxy', PAGE_TYPE, PAGE],
    ['half an answer', JSON_TYPE, '{"Messages":[{"Bo'],
  ])('is tried again, and is an error that says so: %s', async (_what, headers, body) => {
    answer = { headers, body };
    const failure = await call().catch((error: unknown) => error);
    expect(failure).toMatchObject({
      name: 'UnreadableAnswerError',
      message: expect.stringContaining(`The answer of ${service} cannot be read: `),
    });
    expect(isTransient(failure)).toBe(true);
    expect(requests).toBe(3);
  });
});

it('an upload that a proxy answers with a page is not taken for stored', async () => {
  answer = { headers: PAGE_TYPE, body: PAGE };
  const put = aws.s3.send(new PutObjectCommand({ ...place, Body: 'x' }));
  await expect(put).rejects.toThrow('The answer of S3 cannot be read: it is a page');
});

it('an upload is stored where an emulator calls its answer text/html and names the request', async () => {
  answer = { headers: { ...PAGE_TYPE, 'x-amzn-requestid': 'cn68' }, body: '' };
  await expect(aws.s3.send(new PutObjectCommand({ ...place, Body: 'x' }))).resolves.toBeDefined();
});

it('a page that somebody has stored is read as it is', async () => {
  answer = { headers: PAGE_TYPE, body: PAGE };
  const { Body } = await aws.s3.send(new GetObjectCommand(place));
  expect(await Body?.transformToString()).toBe(PAGE);
});

it('an answer that says to be packed and is not, is tried again', async () => {
  answer = { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: PAGE };
  await expect(CALLS['SQS']?.()).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
  expect(requests).toBe(3);
});

it('a poll fails at once, so that its poller sees it and backs off', async () => {
  answer = { headers: PAGE_TYPE, body: PAGE };
  const poll = aws.sqsPolling.send(new ReceiveMessageCommand({ QueueUrl: url }));
  await expect(poll).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
  expect(requests).toBe(1);
});

it('a copy for the dead-letter queue is not taken for sent by an answer that names no message', async () => {
  answer = { headers: JSON_TYPE, body: '' };
  const copied = brokerOf(aws).openQueue(url).send({ body: 'x', attributes: {} });
  await expect(copied).rejects.toMatchObject({ code: 'WEFT_SEND_FAILED', retryable: true });
});
