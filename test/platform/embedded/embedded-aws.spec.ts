import { once } from 'node:events';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateTableCommand,
  GetItemCommand,
  PutItemCommand,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { CreateTopicCommand, PublishCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  ChangeMessageVisibilityCommand,
  CreateQueueCommand,
  DeleteMessageCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { AwsClients } from '../../../src/aws/index.js';
import {
  EmbeddedAws,
  EmbeddedDataDirError,
  EmbeddedDataDirInUseError,
} from '../../../src/platform/embedded/index.js';
import { differenceOf } from '../../support/bytes.js';

const QUEUE = 'jobs';
/** The longest poll that SQS allows. */
const POLL_S = 20;

class Stack {
  private constructor(
    readonly embedded: EmbeddedAws,
    readonly aws: AwsClients,
  ) {}

  static async start(dataDir?: string): Promise<Stack> {
    const embedded = await EmbeddedAws.start(dataDir === undefined ? {} : { dataDir });
    return new Stack(embedded, new AwsClients(embedded.clientOptions()));
  }

  async stop(): Promise<void> {
    this.aws.destroy();
    await this.embedded.stop();
  }

  async createQueue(): Promise<string> {
    const { QueueUrl } = await this.aws.sqs.send(new CreateQueueCommand({ QueueName: QUEUE }));
    return QueueUrl ?? '';
  }

  async send(QueueUrl: string, MessageBody: string): Promise<void> {
    await this.aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  }

  async receive(QueueUrl: string, options: { wait?: number; visibility?: number } = {}) {
    const { Messages = [] } = await this.aws.sqsPolling.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: options.wait ?? 0,
        ...(options.visibility === undefined ? {} : { VisibilityTimeout: options.visibility }),
        MessageSystemAttributeNames: ['ApproximateReceiveCount'],
      }),
    );
    return Messages;
  }
}

describe('EmbeddedAws', () => {
  let dataDir: string;
  const stacks: Stack[] = [];
  const start = async (folder?: string): Promise<Stack> => {
    const stack = await Stack.start(folder);
    stacks.push(stack);
    return stack;
  };

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'weft-embedded-'));
  });

  afterEach(async () => {
    for (const stack of stacks.splice(0)) await stack.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  it('carries a message from a topic to a queue', async () => {
    const stack = await start();
    const { TopicArn } = await stack.aws.sns.send(new CreateTopicCommand({ Name: 'news' }));
    const url = await stack.createQueue();
    await stack.aws.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    await stack.aws.sns.send(new PublishCommand({ TopicArn, Message: 'hello' }));
    const messages = await stack.receive(url, { wait: 5 });
    expect(messages.map((message) => message.Body)).toEqual(['hello']);
  });

  it('keeps nothing without a folder', async () => {
    const first = await start();
    expect(first.embedded.documentsDir).toBeUndefined();
    await first.createQueue();
    await first.stop();
    const second = await start();
    const gone = second.aws.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
    await expect(gone).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('listens on the loopback interface alone', async () => {
    const { embedded } = await start();
    for (const endpoint of [embedded.endpoint, embedded.dynamodbEndpoint]) {
      const { hostname, port } = new URL(endpoint);
      expect(hostname).toBe('127.0.0.1');
      const outside = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter((address) => !address.internal && address.family === 'IPv4');
      for (const { address } of outside) {
        await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow('fetch failed');
      }
    }
  });

  it('takes objects of 5 MB and gives every byte back', async () => {
    const { aws } = await start(dataDir);
    const body = Buffer.alloc(5 * 1024 * 1024, 'weft ');
    await aws.s3.send(new CreateBucketCommand({ Bucket: 'box' }));
    await aws.s3.send(new PutObjectCommand({ Bucket: 'box', Key: 'a b/ü.bin', Body: body }));
    const { Body } = await aws.s3.send(new GetObjectCommand({ Bucket: 'box', Key: 'a b/ü.bin' }));
    expect(differenceOf((await Body?.transformToByteArray()) ?? Buffer.of(), body)).toBe('none');
  });

  it('survives a restart with its queues, messages, topics, objects and items', async () => {
    const first = await start(dataDir);
    const url = await first.createQueue();
    const { TopicArn } = await first.aws.sns.send(new CreateTopicCommand({ Name: 'news' }));
    await first.aws.sns.send(
      new SubscribeCommand({
        TopicArn,
        Protocol: 'sqs',
        Endpoint: `arn:aws:sqs:us-east-1:000000000000:${QUEUE}`,
        Attributes: { RawMessageDelivery: 'true' },
      }),
    );
    await first.send(url, 'before');
    await first.aws.s3.send(new CreateBucketCommand({ Bucket: 'box' }));
    await first.aws.s3.send(new PutObjectCommand({ Bucket: 'box', Key: 'k', Body: 'bytes' }));
    await first.aws.dynamodb.send(
      new CreateTableCommand({
        TableName: 'items',
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        BillingMode: 'PAY_PER_REQUEST',
      }),
    );
    // As on AWS, a table takes items only once it is active.
    await waitUntilTableExists(
      { client: first.aws.dynamodb, maxWaitTime: 10, minDelay: 1, maxDelay: 1 },
      { TableName: 'items' },
    );
    const item = { id: { S: 'one' } };
    await first.aws.dynamodb.send(new PutItemCommand({ TableName: 'items', Item: item }));
    await first.stop();

    const second = await start(dataDir);
    await second.aws.sns.send(new PublishCommand({ TopicArn, Message: 'after' }));
    const messages = await second.receive(url);
    expect(messages.map((message) => message.Body)).toEqual(['before', 'after']);
    const object = await second.aws.s3.send(new GetObjectCommand({ Bucket: 'box', Key: 'k' }));
    expect(await object.Body?.transformToString()).toBe('bytes');
    const found = await second.aws.dynamodb.send(
      new GetItemCommand({ TableName: 'items', Key: item }),
    );
    expect(found.Item).toEqual(item);
  });

  it('accepts queue URLs from before a restart, and returns those of its new port', async () => {
    const first = await start(dataDir);
    const before = await first.createQueue();
    await first.stop();

    // Holds on to the old port, so that the second start cannot get it by chance.
    const { port } = new URL(first.embedded.endpoint);
    const holder = (await import('node:http')).createServer().listen(Number(port), '127.0.0.1');
    await once(holder, 'listening');
    try {
      const second = await start(dataDir);
      const { QueueUrl } = await second.aws.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
      expect(QueueUrl).toBe(`${second.embedded.endpoint}/000000000000/${QUEUE}`);
      expect(QueueUrl).not.toBe(before);
      await second.send(before, 'to the old address');
      expect(await second.receive(QueueUrl ?? '')).toHaveLength(1);
    } finally {
      holder.close();
    }
  });

  it('receives a released message again, with its receive count kept', async () => {
    const stack = await start(dataDir);
    const url = await stack.createQueue();
    await stack.send(url, 'again');
    for (const count of ['1', '2', '3']) {
      const [message] = await stack.receive(url);
      expect(message?.Attributes?.ApproximateReceiveCount).toBe(count);
      await stack.aws.sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: message?.ReceiptHandle,
          VisibilityTimeout: 0,
        }),
      );
    }
    await stack.stop();
    const second = await start(dataDir);
    const [message] = await second.receive(url);
    expect(message?.Attributes?.ApproximateReceiveCount).toBe('4');
  });

  it('keeps leases over a restart, and forgets what was deleted', async () => {
    const first = await start(dataDir);
    const url = await first.createQueue();
    await first.send(url, 'done');
    await first.send(url, 'leased');
    const [done, leased] = await first.receive(url, { visibility: 600 });
    const remove = (ReceiptHandle: string | undefined) =>
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle });
    await first.aws.sqs.send(remove(done?.ReceiptHandle));
    await first.stop();

    const second = await start(dataDir);
    expect(await second.receive(url)).toEqual([]);
    await second.aws.sqs.send(
      new ChangeMessageVisibilityCommand({
        QueueUrl: url,
        ReceiptHandle: leased?.ReceiptHandle,
        VisibilityTimeout: 0,
      }),
    );
    expect((await second.receive(url)).map((message) => message.Body)).toEqual(['leased']);
  });

  it('ends an open long poll with an empty answer when it stops', async () => {
    const stack = await start();
    const url = await stack.createQueue();
    await stack.receive(url);
    const polls = Promise.all([1, 2, 3].map(() => stack.receive(url, { wait: POLL_S })));
    // Answered after the polls have arrived: they were written first.
    for (let call = 0; call < 5; call++) await stack.createQueue();
    const begun = performance.now();
    await stack.embedded.stop();
    expect(await polls).toEqual([[], [], []]);
    expect(performance.now() - begun).toBeLessThan(POLL_S * 1000);
  });

  it('stops at once however often it is asked to', async () => {
    const { embedded } = await start(dataDir);
    await Promise.all([embedded.stop(), embedded.stop()]);
    await embedded.stop();
    const again = await start(dataDir);
    expect(again.embedded.documentsDir).toBe(join(dataDir, 'documents'));
  });

  it('refuses a second stack on a folder in use, naming the folder, the process and the remedy', async () => {
    await start(dataDir);
    const refusal = await EmbeddedAws.start({ dataDir }).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(EmbeddedDataDirInUseError);
    expect(refusal).toMatchObject({
      message:
        `The data folder ${dataDir} is in use by process ${process.pid}. ` +
        'Stop that process, or give this one a folder of its own (WEFT_DATA_DIR).',
    });
  });

  it('says what is wrong with a folder that cannot be one', async () => {
    const file = join(dataDir, 'file');
    await writeFile(file, '');
    const refusal = EmbeddedAws.start({ dataDir: file });
    await expect(refusal).rejects.toBeInstanceOf(EmbeddedDataDirError);
    await expect(refusal).rejects.toThrow(/WEFT_DATA_DIR/);
  });

  it('makes its folder for this user alone', async () => {
    const folder = join(dataDir, 'deep', 'er');
    await start(folder);
    expect((await stat(folder)).mode & 0o077).toBe(0);
  });
});
