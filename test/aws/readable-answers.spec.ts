import { createHash } from 'node:crypto';
import { createServer, type OutgoingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as dynamodb from '@aws-sdk/client-dynamodb';
import * as s3 from '@aws-sdk/client-s3';
import * as sns from '@aws-sdk/client-sns';
import * as sqs from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClients, isTransient, type AwsClientsOptions } from '../../src/aws/index.js';
import { DynamoDbIdempotencyStore } from '../../src/transport/idempotency/index.js';
import { brokerOf } from '../../src/transport/broker/broker-of.js';

const PAGE = '<html><body>Sign in to the network</body></html>';
const JSON_TYPE = { 'content-type': 'application/x-amz-json-1.0' };
const PACKED = { ...JSON_TYPE, 'content-encoding': 'gzip' };
const PAGE_TYPE = { 'content-type': 'text/html; charset=utf-8' };

const credentials = { accessKeyId: 'who', secretAccessKey: 'secret' };
let answer: { headers: OutgoingHttpHeaders; body: string };
let requests = 0;
const server = createServer((request, response) => {
  requests += 1;
  request.resume().on('end', () => response.writeHead(200, answer.headers).end(answer.body));
});
let QueueUrl = '';
let options: AwsClientsOptions;
/** With which calls are not tried again. */
const once: AwsClients[] = [];

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  QueueUrl = `${endpoint}/000000000000/jobs`;
  options = { region: 'eu-central-1', endpoint, credentials };
  for (const tunedClients of [true, false])
    once.push(new AwsClients({ ...options, maxAttempts: 1, tunedClients }));
});
beforeEach(() => {
  requests = 0;
});
afterAll(() => {
  for (const clients of once) clients.destroy();
  server.closeAllConnections();
  server.close();
});

const place = { Bucket: 'box', Key: 'key' };
const parts = { ...place, UploadId: 'up', PartNumber: 1 };
const TopicArn = 'arn:aws:sns:::t';
const TableName = 'table';
const Item = { id: { S: 'x' } };
const entry = { Id: '0', ReceiptHandle: 'r' };

type Call = (aws: AwsClients) => Promise<unknown>;
/** Calls of each service that have something to be told. */
const CALLS: Readonly<Record<string, Readonly<Record<string, Call>>>> = {
  SQS: {
    ReceiveMessage: ({ sqsPolling }) =>
      sqsPolling.send(new sqs.ReceiveMessageCommand({ QueueUrl })),
    SendMessage: (aws) => aws.sqs.send(new sqs.SendMessageCommand({ QueueUrl, MessageBody: 'x' })),
    SendMessageBatch: (aws) =>
      aws.sqs.send(
        new sqs.SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody: 'x' }] }),
      ),
    DeleteMessageBatch: (aws) =>
      aws.sqs.send(new sqs.DeleteMessageBatchCommand({ QueueUrl, Entries: [entry] })),
    ChangeMessageVisibilityBatch: (aws) =>
      aws.sqs.send(new sqs.ChangeMessageVisibilityBatchCommand({ QueueUrl, Entries: [entry] })),
    GetQueueUrl: (aws) => aws.sqs.send(new sqs.GetQueueUrlCommand({ QueueName: 'jobs' })),
    CreateQueue: (aws) => aws.sqs.send(new sqs.CreateQueueCommand({ QueueName: 'jobs' })),
    GetQueueAttributes: (aws) =>
      aws.sqs.send(new sqs.GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] })),
    ListQueues: (aws) => aws.sqs.send(new sqs.ListQueuesCommand({})),
    ListQueueTags: (aws) => aws.sqs.send(new sqs.ListQueueTagsCommand({ QueueUrl })),
  },
  SNS: {
    Publish: (aws) => aws.sns.send(new sns.PublishCommand({ TopicArn, Message: 'x' })),
    PublishBatch: (aws) =>
      aws.sns.send(
        new sns.PublishBatchCommand({
          TopicArn,
          PublishBatchRequestEntries: [{ Id: '0', Message: 'x' }],
        }),
      ),
    CreateTopic: (aws) => aws.sns.send(new sns.CreateTopicCommand({ Name: 't' })),
    Subscribe: (aws) => aws.sns.send(new sns.SubscribeCommand({ TopicArn, Protocol: 'sqs' })),
    GetTopicAttributes: (aws) => aws.sns.send(new sns.GetTopicAttributesCommand({ TopicArn })),
    SetTopicAttributes: (aws) =>
      aws.sns.send(new sns.SetTopicAttributesCommand({ TopicArn, AttributeName: 'Policy' })),
    ListSubscriptionsByTopic: (aws) =>
      aws.sns.send(new sns.ListSubscriptionsByTopicCommand({ TopicArn })),
    Unsubscribe: (aws) => aws.sns.send(new sns.UnsubscribeCommand({ SubscriptionArn: TopicArn })),
  },
  S3: {
    ListObjectsV2: (aws) => aws.s3.send(new s3.ListObjectsV2Command({ Bucket: 'box' })),
    PutObject: (aws) => aws.s3.send(new s3.PutObjectCommand({ ...place, Body: 'x' })),
    GetObject: (aws) => aws.s3.send(new s3.GetObjectCommand(place)),
    HeadObject: (aws) => aws.s3.send(new s3.HeadObjectCommand(place)),
    CopyObject: (aws) => aws.s3.send(new s3.CopyObjectCommand({ ...place, CopySource: 'box/a' })),
    CreateMultipartUpload: (aws) => aws.s3.send(new s3.CreateMultipartUploadCommand(place)),
    UploadPart: (aws) => aws.s3.send(new s3.UploadPartCommand({ ...parts, Body: 'x' })),
    UploadPartCopy: (aws) =>
      aws.s3.send(new s3.UploadPartCopyCommand({ ...parts, CopySource: 'box/a' })),
    CompleteMultipartUpload: (aws) => aws.s3.send(new s3.CompleteMultipartUploadCommand(parts)),
    GetBucketNotificationConfiguration: (aws) =>
      aws.s3.send(new s3.GetBucketNotificationConfigurationCommand({ Bucket: 'box' })),
  },
  DynamoDB: {
    GetItem: (aws) => aws.dynamodb.send(new dynamodb.GetItemCommand({ TableName, Key: Item })),
    PutItem: (aws) => aws.dynamodb.send(new dynamodb.PutItemCommand({ TableName, Item })),
    UpdateItem: (aws) =>
      aws.dynamodb.send(new dynamodb.UpdateItemCommand({ TableName, Key: Item })),
    DeleteItem: (aws) =>
      aws.dynamodb.send(new dynamodb.DeleteItemCommand({ TableName, Key: Item })),
    DescribeTable: (aws) => aws.dynamodb.send(new dynamodb.DescribeTableCommand({ TableName })),
    DescribeTimeToLive: (aws) =>
      aws.dynamodb.send(new dynamodb.DescribeTimeToLiveCommand({ TableName })),
  },
};
const ALL = Object.entries(CALLS).flatMap(([service, calls]) =>
  Object.entries(calls).map(([name, call]) => ({ service, name, call })),
);
const callOf = (name: string): Call => {
  const found = ALL.find((one) => one.name === name);
  if (!found) throw new Error(`No call ${name}`);
  return found.call;
};
const JSON_CALLS = ALL.filter(({ service }) => service === 'SQS' || service === 'DynamoDB');

const UNREADABLE = { name: 'UnreadableAnswerError', $fault: 'server' };

/** Answers of AWS that are objects without fields. */
const LEGALLY_EMPTY = /^(ReceiveMessage|ListQueues|ListQueueTags|(Get|Put|Update|Delete)Item)$/;

describe.each([
  ['the tuned clients', 0],
  ['the clients as the SDK has them', 1],
])('with %s', (_which, index) => {
  const clients = (): AwsClients => {
    const found = once[index];
    if (!found) throw new Error('The clients are made before the tests');
    return found;
  };
  const failureOf = (call: Call, body: string, headers: OutgoingHttpHeaders = JSON_TYPE) => {
    answer = { headers, body };
    return call(clients()).catch((error: unknown) => error);
  };

  it.each(ALL)('no body at all is no answer of $service to $name', async ({ call }) => {
    answer = { headers: {}, body: '' };
    const failure = await call(clients()).catch((error: unknown) => error);
    // The SDK itself refuses it from those operations of S3 that answer before they are done.
    expect(failure).toBeInstanceOf(Error);
    expect({ isTransient: isTransient(failure) }).toEqual({ isTransient: true });
  });

  it.each(JSON_CALLS)('a body that is no object is no answer to $name', async ({ call }) => {
    for (const body of ['null', '[]', '5', '"x"', ' ', '{"Messages":[{"Bo'])
      expect(await failureOf(call, body)).toMatchObject(UNREADABLE);
  });

  it.each(JSON_CALLS.filter(({ name }) => !LEGALLY_EMPTY.test(name)))(
    'an object without fields is no answer to $name',
    async ({ call }) => {
      expect(await failureOf(call, '{}')).toMatchObject(UNREADABLE);
    },
  );

  it.each(JSON_CALLS.filter(({ name }) => LEGALLY_EMPTY.test(name)))(
    'an object without fields is an answer to $name',
    async ({ call }) => {
      answer = { headers: JSON_TYPE, body: '{}' };
      await expect(call(clients())).resolves.toBeDefined();
    },
  );

  it.each(['{"Attributes":{}}', '{}'])(
    'a queue may lack the attributes that not every queue has: %s',
    async (body) => {
      answer = { headers: JSON_TYPE, body };
      const command = new sqs.GetQueueAttributesCommand({
        QueueUrl,
        AttributeNames: ['RedrivePolicy'],
      });
      await expect(clients().sqs.send(command)).resolves.toBeDefined();
    },
  );

  it.each([
    '{"Messages":[null]}',
    '{"Messages":[{}]}',
    '{"Messages":[{"MessageId":"m","Body":"x"}]}',
    '{"Messages":[{"MessageId":"m","ReceiptHandle":5,"Body":"x"}]}',
  ])('a message without what it is settled by is not received: %s', async (body) => {
    expect(await failureOf(callOf('ReceiveMessage'), body)).toMatchObject(UNREADABLE);
  });

  it.each(['SendMessageBatch', 'DeleteMessageBatch', 'ChangeMessageVisibilityBatch'])(
    'an answer to %s with entries that nobody can tell is refused',
    async (name) => {
      for (const body of [
        '{"Successful":[],"Failed":[]}',
        '{"Successful":[null]}',
        '{"Successful":[{}]}',
        '{"Failed":[{"Code":"x"}]}',
        '{"Successful":"0"}',
      ])
        expect(await failureOf(callOf(name), body)).toMatchObject(UNREADABLE);
    },
  );

  it.each(ALL.filter(({ service }) => service === 'SNS'))(
    'XML of something else is no answer to $name',
    async ({ call }) => {
      expect(await failureOf(call, '<OtherResponse/>')).toMatchObject(UNREADABLE);
      expect(await failureOf(call, `<?xml version="1.0"?>${PAGE}`)).toMatchObject(UNREADABLE);
    },
  );

  it('a page that calls itself XML is no list of objects', async () => {
    const headers = { 'content-type': 'application/xml' };
    const page = `<?xml version="1.0"?>${PAGE}`;
    const failure = await failureOf(callOf('ListObjectsV2'), page, headers);
    expect(failure).toMatchObject(UNREADABLE);
  });

  it.each(['DeleteMessage', 'SetQueueAttributes'])(
    '%s, to which SQS says nothing, may be answered by nothing',
    async (name) => {
      answer = { headers: {}, body: '' };
      const { sqs: client } = clients();
      const answered =
        name === 'DeleteMessage'
          ? client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'r' }))
          : client.send(new sqs.SetQueueAttributesCommand({ QueueUrl, Attributes: {} }));
      await expect(answered).resolves.toBeDefined();
      answer = { headers: JSON_TYPE, body: 'null' };
      const again = client.send(new sqs.DeleteMessageCommand({ QueueUrl, ReceiptHandle: 'r' }));
      await expect(again).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
    },
  );

  it.each(
    ['SendMessage', 'Publish', 'ListObjectsV2', 'GetItem'].flatMap((name) => [
      [name, 'the page of a proxy', PAGE_TYPE, PAGE] as const,
      [name, 'half an answer', JSON_TYPE, '{"Messages":[{"Bo'] as const,
      [name, 'an answer without a body', {}, ''] as const,
      [name, 'what says to be packed and is not', PACKED, PAGE] as const,
    ]),
  )('%s is tried again after %s, and fails with an error that says so', async (...row) => {
    const [name, , headers, body] = row;
    answer = { headers, body };
    // Of its own: retries are rationed by client.
    const aws = new AwsClients({ ...options, tunedClients: index === 0 });
    const failure = await callOf(name)(aws).catch((error: unknown) => error);
    aws.destroy();
    const { service } = ALL.find((one) => one.name === name) ?? {};
    expect(failure).toMatchObject({
      name: 'UnreadableAnswerError',
      message: expect.stringContaining(`The answer of ${service} cannot be read: `),
    });
    expect(requests).toBe(3);
  });

  it('an upload that a proxy answers with a page is not taken for stored', async () => {
    answer = { headers: PAGE_TYPE, body: PAGE };
    const put = callOf('PutObject')(clients());
    await expect(put).rejects.toThrow('The answer of S3 cannot be read: it is a page');
  });

  it('an upload is stored where an emulator calls its answer text/html and names the request', async () => {
    const headers = { ...PAGE_TYPE, 'x-amzn-requestid': 'cn68', etag: '"e"' };
    answer = { headers, body: '' };
    await expect(callOf('PutObject')(clients())).resolves.toBeDefined();
  });

  it('a page that somebody has stored is read as it is', async () => {
    answer = { headers: { ...PAGE_TYPE, etag: '"e"' }, body: PAGE };
    const { Body } = await clients().s3.send(new s3.GetObjectCommand(place));
    expect(await Body?.transformToString()).toBe(PAGE);
  });

  it('a page that S3 did not store is not read as an object', async () => {
    const failure = await failureOf(callOf('GetObject'), PAGE, PAGE_TYPE);
    expect(failure).toMatchObject(UNREADABLE);
  });

  it('a poll fails at once, so that its poller sees it and backs off', async () => {
    answer = { headers: PAGE_TYPE, body: PAGE };
    const aws = new AwsClients({ ...options, tunedClients: index === 0 });
    const poll = callOf('ReceiveMessage')(aws);
    await expect(poll).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
    aws.destroy();
    expect(requests).toBe(1);
  });

  it.each(['', 'null', '{}', '{"Successful":[]}'])(
    'a copy for the dead-letter queue is not taken for sent by the answer %j',
    async (body) => {
      answer = { headers: JSON_TYPE, body };
      const copied = brokerOf(clients()).openQueue(QueueUrl).send({ body: 'x', attributes: {} });
      await expect(copied).rejects.toMatchObject({ name: 'UnreadableAnswerError' });
    },
  );

  it.each(['', 'null', '[]'])(
    'work is neither reserved nor committed by the answer %j of DynamoDB',
    async (body) => {
      answer = { headers: JSON_TYPE, body };
      const store = new DynamoDbIdempotencyStore(clients().dynamodb, TableName);
      const reservation = {
        key: 'k',
        owner: 'o',
        payloadHash: 'h',
        inProgressUntilMs: 1,
        expiresAtS: 1,
      };
      const unreadable = { name: 'UnreadableAnswerError' };
      await expect(store.reserve(reservation, 0)).rejects.toMatchObject(unreadable);
      await expect(store.commit(reservation, { expiresAtS: 1 })).rejects.toMatchObject(unreadable);
      await expect(store.release(reservation)).rejects.toMatchObject(unreadable);
    },
  );

  it('of a batch, what the answer does not mention has not been sent', async () => {
    const MD5OfMessageBody = createHash('md5').update('x').digest('hex');
    const Successful = [{ Id: '1', MessageId: 'm', MD5OfMessageBody }];
    answer = { headers: JSON_TYPE, body: JSON.stringify({ Successful }) };
    const { send } = brokerOf(clients());
    const to = { kind: 'queue', address: QueueUrl, fifo: false } as const;
    const message = { id: 'a', body: 'x', attributes: {} };
    const outcomes = await send(to, [message, { ...message, id: 'b' }]);
    expect(outcomes).toMatchObject([{ ok: false }, { ok: true }]);
  });
});

it('a client that is built for another service refuses such answers too', async () => {
  answer = { headers: JSON_TYPE, body: 'null' };
  const { AthenaClient, StartQueryExecutionCommand } = await import('@aws-sdk/client-athena');
  const aws = new AwsClients({ ...options, maxAttempts: 1 });
  const athena = aws.other('athena', (config) => new AthenaClient(config));
  const started = athena.send(new StartQueryExecutionCommand({ QueryString: 'SELECT 1' }));
  await expect(started).rejects.toThrow('The answer of Athena cannot be read');
  aws.destroy();
});

it.each([
  ['AWS, without the name of the request', 'eu-central-1', {}, false],
  ['AWS, with the name of the request', 'eu-central-1', { 'x-amzn-requestid': 'r' }, true],
  ['AWS in China, without the name of the request', 'cn-north-1', {}, false],
])(
  'DeleteQueue is answered by an empty body of %s, or is not',
  async (_which, region, headers, taken) => {
    const aws = new AwsClients({ region, credentials, maxAttempts: 1 });
    const body = new Uint8Array();
    aws.sqs.config.requestHandler.handle = () =>
      Promise.resolve({ response: { statusCode: 200, headers, body } });
    const deleted = aws.sqs.send(new sqs.DeleteQueueCommand({ QueueUrl })).then(() => true);
    expect(await deleted.catch((error: Error) => error.name)).toBe(
      taken ? true : 'UnreadableAnswerError',
    );
    aws.destroy();
  },
);
