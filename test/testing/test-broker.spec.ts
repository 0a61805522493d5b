import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import {
  ListTopicsCommand,
  PublishBatchCommand,
  PublishCommand,
  SNSClient,
} from '@aws-sdk/client-sns';
import {
  AddPermissionCommand,
  CreateQueueCommand,
  GetQueueUrlCommand,
  QueueDoesNotExist,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../src/aws/index.js';
import {
  FakeClock,
  faults,
  startTestBroker,
  waitFor,
  type TestBroker,
  type TestBrokerOptions,
} from '../../src/testing/index.js';
import { defineTopology, SnsSqsClient } from '../../src/transport/index.js';
import { emit } from '../support/transport.js';

const open: TestBroker[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((broker) => broker.stop()));
});

async function start(options?: TestBrokerOptions): Promise<TestBroker> {
  const broker = await startTestBroker(options);
  open.push(broker);
  return broker;
}

describe('a test broker in memory', () => {
  it('is reached by clients, and looked at by SDK clients, without HTTP', async () => {
    const broker = await start();
    const topology = defineTopology({
      topics: [{ name: 'shop' }],
      queues: [
        {
          name: 'orders',
          patterns: ['order.*'],
          from: [{ topic: 'shop', filterPolicy: { pattern: ['order.placed'] } }],
        },
      ],
      routes: [{ patterns: ['order.*'], topic: 'shop' }],
    });
    const aws = broker.clientOptions();
    const client = new SnsSqsClient({ topology, aws, provision: 'create' });
    await emit(client, 'order.sent', { id: 1 });
    await emit(client, 'order.placed', { id: 2 });
    const { Body: body = '' } = await broker.take('orders');
    expect(JSON.parse(body)).toMatchObject({ pattern: 'order.placed', data: { id: 2 } });
    expect(await broker.depth('orders')).toEqual({ visible: 0, inFlight: 1 });
    await client.close();
  });

  it('goes by the clock it is given', async () => {
    const clock = new FakeClock();
    const broker = await start({ clock });
    await broker.aws.sqs.send(
      new CreateQueueCommand({ QueueName: 'slow', Attributes: { DelaySeconds: '900' } }),
    );
    await broker.put('slow', 'later');
    expect(await broker.depth('slow')).toEqual({ visible: 0, inFlight: 0 });
    await clock.advance(900_000);
    expect(await broker.depth('slow')).toEqual({ visible: 1, inFlight: 0 });
  });

  it('starts an embedded S3 with its first call', async () => {
    const { aws } = await start();
    await aws.s3.send(new CreateBucketCommand({ Bucket: 'payloads' }));
    const { Buckets: buckets = [] } = await aws.s3.send(new ListBucketsCommand({}));
    expect(buckets.map(({ Name: name }) => name)).toEqual(['payloads']);
  });

  it('says what it has not, and what has it', async () => {
    const broker = await start();
    const command = new AddPermissionCommand({
      QueueUrl: 'x',
      Label: 'x',
      AWSAccountIds: [],
      Actions: [],
    });
    await expect(broker.aws.sqs.send(command)).rejects.toThrow(
      'The broker in memory has no AddPermissionCommand: start it with { embedded: true }',
    );
  });
});

describe('a test broker in memory, asked by HTTP,', () => {
  const topology = defineTopology({
    topics: [{ name: 'shop' }],
    queues: [{ name: 'orders', patterns: ['order.*'], from: [{ topic: 'shop' }] }],
    routes: [{ patterns: ['order.*'], topic: 'shop' }],
  });

  it('gives clients of the SDK the queues and topics of everybody else', async () => {
    const broker = await start();
    const { region, endpoint = '', credentials } = broker.clientOptions();
    const options = { region, endpoint, ...(credentials && { credentials }) };
    const [sqs, sns] = [new SQSClient(options), new SNSClient(options)];
    const client = new SnsSqsClient({ topology, aws: broker.aws, provision: 'create' });
    await emit(client, 'order.placed', { id: 1 });
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: 'orders' }));
    const received = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 }),
    );
    expect(received.Messages?.[0]?.Body).toContain('order.placed');

    const { Topics: [shop] = [] } = await sns.send(new ListTopicsCommand({}));
    const odd = '<a & "b">\u2028é';
    const MessageAttributes = {
      pattern: { DataType: 'String', StringValue: 'order.placed' },
      bytes: { DataType: 'Binary', BinaryValue: Uint8Array.of(0, 255) },
    };
    await sns.send(
      new PublishBatchCommand({
        TopicArn: shop?.TopicArn,
        PublishBatchRequestEntries: [{ Id: '1', Message: odd, MessageAttributes }],
      }),
    );
    const sent = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl, MessageAttributeNames: ['All'], WaitTimeSeconds: 1 }),
    );
    expect(sent.Messages?.[0]?.Body).toBe(odd);
    expect(sent.Messages?.[0]?.MessageAttributes?.['bytes']?.BinaryValue).toEqual(
      Uint8Array.of(0, 255),
    );
    const none = sqs.send(new GetQueueUrlCommand({ QueueName: 'no-such-queue' }));
    await expect(none).rejects.toBeInstanceOf(QueueDoesNotExist);
    const nobody = sns.send(new PublishCommand({ TopicArn: `${shop?.TopicArn}x`, Message: '' }));
    await expect(nobody).rejects.toMatchObject({ name: 'NotFoundException' });
    await client.close();
    sqs.destroy();
    sns.destroy();
  });

  it('has proxies on which answers are lost', async () => {
    const broker = await start();
    const proxy = await broker.proxy(faults.loseAnswer({ on: ['PublishBatch'], times: 1 }));
    const client = new SnsSqsClient({ topology, aws: proxy.clientOptions(), provision: 'create' });
    await emit(client, 'order.placed', { id: 1 });
    const depth = await waitFor(
      'the event that was published twice, as its first answer was lost',
      async () => {
        const { visible } = await broker.depth('orders');
        return visible > 1 && visible;
      },
    );
    expect(depth).toBe(2);
    await client.close();
  });

  it('has the S3 of the embedded stack at the same address, and buckets made beforehand', async () => {
    const broker = await start();
    broker.embedded.createBucket('payloads');
    const { region, endpoint = '', credentials } = broker.clientOptions();
    const aws = new AwsClients({ region, endpoint, ...(credentials && { credentials }) });
    const { Buckets: buckets = [] } = await aws.s3.send(new ListBucketsCommand({}));
    expect(buckets.map(({ Name: name }) => name)).toEqual(['payloads']);
    aws.destroy();
  });

  it('refuses requests of web pages, and those signed by others', async () => {
    const broker = await start();
    const { endpoint = '' } = broker.clientOptions();
    const body = 'Action=ListTopics&Version=2010-03-31';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    for (const more of [{}, { origin: 'https://example.com' }]) {
      const answer = await fetch(endpoint, {
        method: 'POST',
        body,
        headers: { ...headers, ...more },
      });
      expect(answer.status).toBe(403);
    }
  });
});
