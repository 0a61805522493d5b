import {
  CreateBucketCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  type NotificationConfiguration,
} from '@aws-sdk/client-s3';
import { Controller } from '@nestjs/common';
import { describe, expect } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  defineTopology,
  OnEvent,
  s3NotificationCodec,
  SnsSqsContext,
  type Topology,
} from '../../../src/transport/index.js';
import type { S3Record } from '../../../src/transport/codec/index.js';
import { unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench } from './harness.js';

const bench = new Bench();

const EVENTS = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'] as const;
const KEY = 'in box/ü+1 %.txt';

/** Handlers that note what they are told. */
function uploads() {
  const told: { pattern: string; record: S3Record }[] = [];
  @Controller()
  class Uploads {
    @OnEvent('s3.ObjectCreated:Put')
    made(@Payload() record: object, @Ctx() { pattern }: SnsSqsContext): void {
      told.push({ pattern, record: record as S3Record });
    }

    @OnEvent('s3.ObjectRemoved:Delete')
    deleted(@Payload() record: object, @Ctx() { pattern }: SnsSqsContext): void {
      told.push({ pattern, record: record as S3Record });
    }
  }
  return { Uploads, told };
}

const reading = (queue: string, topic?: string, raw = true): Topology =>
  defineTopology({
    topics: topic === undefined ? [] : [{ name: topic }],
    queues: [
      {
        name: queue,
        patterns: ['s3.*'],
        codec: s3NotificationCodec,
        ...(topic !== undefined && { from: [{ topic, raw }] }),
      },
    ],
    routes: [],
  });

async function bucketTelling(configuration: NotificationConfiguration): Promise<string> {
  const { s3 } = bench.stack.aws;
  const Bucket = unique('uploads');
  await s3.send(new CreateBucketCommand({ Bucket }));
  await s3.send(
    new PutBucketNotificationConfigurationCommand({
      Bucket,
      NotificationConfiguration: configuration,
    }),
  );
  return Bucket;
}

/** What the bucket says of one object made and deleted, and nothing dead-lettered. */
async function followsAnObject(topology: Topology, configure: () => Promise<string>) {
  const { Uploads, told } = uploads();
  await bench.start({ topology, controllers: [Uploads] });
  const Bucket = await configure();
  const { s3 } = bench.stack.aws;
  await s3.send(new PutObjectCommand({ Bucket, Key: KEY, Body: 'abc' }));
  await waitForCount('events told', () => told, 1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: KEY }));
  await waitForCount('events told', () => told, 2);
  expect(told.map(({ pattern }) => pattern)).toEqual([
    's3.ObjectCreated:Put',
    's3.ObjectRemoved:Delete',
  ]);
  expect(told[0]?.record.s3).toMatchObject({
    bucket: { name: Bucket },
    object: { urlDecodedKey: KEY, size: 3 },
  });
  const queue = topology.queues[0]?.name ?? '';
  await bench.stack.emptied(queue);
  expect(await bench.stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
}

describe('S3 notifications', () => {
  shows(
    'an object that is created and deleted is announced, and the test event is acknowledged',
    ['s3Notifications'],
    async () => {
      const queue = unique('uploads');
      await followsAnObject(reading(queue), async () =>
        bucketTelling({
          QueueConfigurations: [{ QueueArn: await bench.queueArn(queue), Events: [...EVENTS] }],
        }),
      );
    },
  );

  for (const raw of [true, false]) {
    shows(
      `an object is announced alike by a topic, ${raw ? 'raw' : 'in the SNS envelope'}`,
      ['s3Notifications'],
      async () => {
        const [queue, topic] = [unique('uploads'), unique('topic')];
        await followsAnObject(reading(queue, topic, raw), async () =>
          bucketTelling({
            TopicConfigurations: [
              {
                TopicArn: (await bench.queueArn(queue))
                  .replace(':sqs:', ':sns:')
                  .replace(queue, topic),
                Events: [...EVENTS],
              },
            ],
          }),
        );
      },
    );
  }
});
