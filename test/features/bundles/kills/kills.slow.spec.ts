import { createHash, randomUUID } from 'node:crypto';
import { CreateBucketCommand, DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startTestBroker, type TestBroker } from '../../../../src/testing/index.js';
import { createIdempotencyTable } from '../../../../src/transport/idempotency/index.js';
import { seeded } from '../../../support/seeded.js';
import { waitFor } from '../../../support/wait.js';
import { notificationOf, type Announced } from '../announcements.js';
import { account } from './accounting.js';
import { KilledBundlers } from './killed-bundlers.js';
import { killsTopology } from './kills.topology.js';
import { bindTopology } from '../../../../src/transport/topology/index.js';

const OBJECTS = 5000;
const KILLS = 10;
const SOURCE = 'uploads';
const BUNDLES = 'bundles';
const QUEUE = 'bundles-queue';
const TABLE = 'bundles-idempotency';
const TEST_TIMEOUT_MS = 600_000;

let broker: TestBroker;
const bodies = new Map<string, string>();
const random = seeded(5);

beforeAll(async () => {
  broker = await startTestBroker();
  for (const Bucket of [SOURCE, BUNDLES]) {
    await broker.aws.s3.send(new CreateBucketCommand({ Bucket }));
  }
  await createIdempotencyTable(broker.aws.dynamodb, TABLE);
  await bindTopology(killsTopology(QUEUE), broker.aws, 'create');
}, TEST_TIMEOUT_MS);
afterAll(() => broker.stop());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Stores the objects, and gives what S3 would announce of them. */
async function storeObjects(): Promise<Announced[]> {
  const announced: Announced[] = [];
  for (let from = 0; from < OBJECTS; from += 50) {
    const some = Array.from({ length: 50 }, async (_, n): Promise<Announced> => {
      const key = `events/${(from + n) % 7}/${from + n} ü.json`;
      const body = JSON.stringify({ key, noise: 'x'.repeat(Math.floor(random() * 2000)) });
      bodies.set(key, body);
      const put = new PutObjectCommand({ Bucket: SOURCE, Key: key, Body: body });
      const { ETag } = await broker.aws.s3.send(put);
      const eTag = ETag?.replaceAll('"', '');
      return { bucket: SOURCE, key, size: Buffer.byteLength(body), eTag, sequencer: randomUUID() };
    });
    announced.push(...(await Promise.all(some)));
  }
  return announced;
}

async function send(messages: readonly string[]): Promise<void> {
  const { QueueUrl } = await broker.aws.sqs.send(new GetQueueUrlCommand({ QueueName: QUEUE }));
  for (let from = 0; from < messages.length; from += 10) {
    const Entries = messages
      .slice(from, from + 10)
      .map((MessageBody, index) => ({ Id: String(index), MessageBody }));
    await broker.aws.sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
  }
}

async function deadLetters(): Promise<string[]> {
  const { QueueUrl } = await broker.aws.sqs.send(
    new CreateQueueCommand({ QueueName: `${QUEUE}-dlq` }),
  );
  const bodiesOf: string[] = [];
  for (;;) {
    const { Messages: messages = [] } = await broker.aws.sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: 10,
        MessageAttributeNames: ['All'],
        VisibilityTimeout: 600,
      }),
    );
    if (messages.length === 0) return bodiesOf;
    for (const { Body = '', MessageAttributes } of messages) {
      expect(MessageAttributes?.['deadLetterReason']?.StringValue).toBeTruthy();
      bodiesOf.push(Body);
    }
  }
}

describe('a bundler that is killed ten times', () => {
  it(
    'accounts for every object: in exactly one bundle with equal bytes, or with the reason in a manifest or the dead-letter queue',
    async () => {
      const announced = await storeObjects();
      const deleted = announced.filter((_, n) => n % 100 === 7);
      for (const { key } of deleted) {
        await broker.aws.s3.send(new DeleteObjectCommand({ Bucket: SOURCE, Key: key }));
      }
      const twice = announced.filter((_, n) => n % 5 === 0);
      const malformed = Array.from({ length: OBJECTS / 50 }, (_, n) =>
        n % 2 === 0 ? `{"Records":[{"n":${n}}]}` : `no JSON ${n}`,
      );
      const messages = [...announced, ...twice].map((object) => notificationOf(object));
      const all = [...messages, ...malformed].toSorted(() => random() - 0.5);
      const half = all.length / 2;
      await send(all.slice(0, half));
      const bundlers = new KilledBundlers({
        aws: broker.clientOptions(),
        queue: QUEUE,
        distributionBucket: BUNDLES,
        table: TABLE,
        maxObjects: 250,
      });
      for (let kill = 0; kill < KILLS; kill++) {
        await bundlers.start();
        if (kill === KILLS / 2) await send(all.slice(half));
        await bundlers.killAfter(200 + random() * 2500);
      }
      await bundlers.start();
      await waitFor(
        async () => {
          const { visible, inFlight } = await broker.depth(QUEUE);
          return visible + inFlight === 0;
        },
        { what: 'a queue without messages', timeoutMs: TEST_TIMEOUT_MS / 2 },
      );
      await bundlers.kill();

      const { bundled, gone, bundles } = await account(broker.aws.s3, BUNDLES);
      const wrong = announced.filter(({ key }) => {
        const expected = deleted.some((one) => one.key === key)
          ? []
          : [sha256(bodies.get(key) ?? '')];
        return JSON.stringify(bundled.get(key) ?? []) !== JSON.stringify(expected);
      });
      expect(wrong.map(({ key }) => [key, bundled.get(key)])).toEqual([]);
      expect([...bundled.keys()].filter((key) => !bodies.has(key))).toEqual([]);
      const dead = await deadLetters();
      const unexplained = deleted.filter(
        ({ key }) =>
          !gone.includes(key) &&
          !dead.some((body) =>
            body.includes(encodeURIComponent(key).replaceAll('%20', '+').replaceAll('%2F', '/')),
          ),
      );
      expect(unexplained).toEqual([]);
      expect(malformed.filter((body) => !dead.includes(body))).toEqual([]);
      expect(bundles).toBeGreaterThan(OBJECTS / 250 / 2);
    },
    TEST_TIMEOUT_MS,
  );
});
