import { CreateBucketCommand, ListBucketsCommand } from '@aws-sdk/client-s3';
import { AddPermissionCommand, CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterEach, describe, expect, it } from '@jest/globals';
import {
  FakeClock,
  faults,
  startTestBroker,
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
      'The broker in memory has no AddPermissionCommand: start it with { http: true }',
    );
    await expect(broker.proxy(faults.reset())).rejects.toThrow('startTestBroker({ http: true })');
    expect(() => broker.embedded).toThrow('startTestBroker({ http: true })');
  });
});
