import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { beforeAll, describe, expect } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import { systemClock } from '../../../src/transport/clock.js';
import { record } from '../../../src/transport/index.js';
import { Sender } from '../../../src/transport/sender/sender.js';
import { countCalls, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { can, shows } from '../engine.js';
import { Bench, emit, fifoJobs, jobs, topicJobs, worker } from './harness.js';

const bench = new Bench();

/** Past the checks of the transport itself: what AWS refuses. Engines notice one or the other. */
const REFUSED = {
  delayS: 5000,
  attributes: { pattern: { DataType: 'String', StringValue: '' } },
};

describe('Sending in batches', () => {
  shows('calls made together go to a queue in batches of ten', ['sdkCalls'], async () => {
    const { topology } = jobs();
    const { Worker, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: -1 });
    const calls = countCalls(bench.stack.aws.sqs);
    await Promise.all(Array.from({ length: 25 }, (_, n) => emit(client, 'job.run', { n })));
    expect(calls.ended().filter((name) => name === 'SendMessageBatchCommand')).toHaveLength(3);
    await attempted(26);
  });

  shows('calls made together go to a topic in batches of ten', ['sns', 'sdkCalls'], async () => {
    const { topology } = topicJobs();
    const { Worker, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', { n: -1 });
    const calls = countCalls(bench.stack.aws.sns);
    await Promise.all(Array.from({ length: 25 }, (_, n) => emit(client, 'job.run', { n })));
    expect(calls.ended().filter((name) => name === 'PublishBatchCommand')).toHaveLength(3);
    await attempted(26);
  });

  shows('large messages to a topic are split into calls within its limit', ['sns'], async () => {
    const { topology } = topicJobs();
    const { Worker, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    const text = 'x'.repeat(100_000);
    await Promise.all(Array.from({ length: 6 }, (_, n) => emit(client, 'job.run', { n, text })));
    await attempted(6);
  });

  shows(
    'each entry has its own end: one that is refused fails alone',
    ['entryFaults'],
    async () => {
      const { topology, queue } = jobs();
      const { Worker, attempted } = worker();
      await bench.start({ topology, controllers: [Worker] });
      const destination = {
        kind: 'queue',
        address: await bench.stack.queueUrl(queue),
        fifo: false,
      } as const;
      const sender = new Sender(brokerOf(bench.stack.aws), { lingerMs: 20 });
      const send = (n: number, more: object = {}): Promise<void> =>
        sender.send(destination, {
          id: randomUUID(),
          body: JSON.stringify({ n }),
          attributes: { pattern: { DataType: 'String', StringValue: 'job.run' } },
          ...more,
        });
      // The first one goes alone, so that the others share a call.
      const first = send(0);
      const [good, refused, alsoGood] = await Promise.allSettled([
        send(1),
        send(2, REFUSED),
        send(3),
      ]);
      await first;
      expect([good?.status, refused?.status, alsoGood?.status]).toEqual([
        'fulfilled',
        'rejected',
        'fulfilled',
      ]);
      await attempted(3);
    },
  );
});

const attributesOf = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${n}`, 'x']));

describe('Attributes', () => {
  const values = { tenant: 'Zürich 😀', weight: 2.5, tags: ['a', 'b', 1, true, null] };
  const arrived = {
    pattern: 'job.run',
    tenant: 'Zürich 😀',
    weight: '2.5',
    tags: '["a","b",1,true,null]',
  };

  shows('arrive by a queue, with the pattern in plain text', [], async () => {
    const { topology } = jobs();
    const { Worker, attempts, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', record({}).withAttributes(values).build());
    await attempted(1);
    expect(attempts[0]?.attributes).toEqual(arrived);
  });

  for (const raw of [true, false]) {
    shows(`arrive by a topic, ${raw ? 'raw' : 'in the SNS envelope'}`, ['sns'], async () => {
      const { topology } = topicJobs({ raw });
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      await emit(client, 'job.run', record({ Message: 'own' }).withAttributes(values).build());
      await attempted(1);
      expect(attempts[0]).toMatchObject({ data: { Message: 'own' }, attributes: arrived });
    });
  }

  shows('of a message may be ten', [], async () => {
    const { topology } = jobs();
    const { Worker, attempts, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    await emit(client, 'job.run', record({}).withAttributes(attributesOf(9)).build());
    await attempted(1);
    expect(Object.keys(attempts[0]?.attributes ?? {})).toHaveLength(10);
  });

  shows('of a message are refused before it is sent when they are eleven', [], async () => {
    const { topology, queue } = jobs();
    const { client } = await bench.start({ topology });
    // The pattern is the eleventh.
    const more = record({}).withAttributes(attributesOf(10)).build();
    await expect(emit(client, 'job.run', more)).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
      message: expect.stringContaining('at most 10 attributes, this one has 11'),
    });
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  shows('of a message may be no more than ten by SQS itself', ['attributeLimit'], async () => {
    const { topology, queue } = jobs();
    await bench.start({ topology });
    await expect(bench.stack.put(queue, '{}', attributesOf(11))).rejects.toThrow(/attribute/i);
  });
});

describe('Text', () => {
  shows('of every kind arrives as it was sent', [], async () => {
    const { topology } = jobs();
    const { Worker, attempts, attempted } = worker();
    const { client } = await bench.start({ topology, controllers: [Worker] });
    const data = {
      text: 'ñ 漢字 😀 \u0000 \u0007 \ud800 \ufffe \uffff \u2028 \r\n "quoted" <&>',
      list: [null, 1.5, true],
    };
    await emit(client, 'job.run', data);
    await attempted(1);
    expect(attempts[0]?.data).toEqual(data);
  });

  shows(
    'of every kind arrives by a topic, in the SNS envelope, as it was sent',
    ['sns'],
    async () => {
      const { topology } = topicJobs({ raw: false });
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({ topology, controllers: [Worker] });
      const data = { text: 'ñ 漢字 😀 \u0000 \u0007 \ufffe \u2028 \r\n "quoted" <&>' };
      await emit(client, 'job.run', data);
      await attempted(1);
      expect(attempts[0]?.data).toEqual(data);
    },
  );
});

/** Sends the longest text that the transport itself lets through. */
async function sendLargest(kind: 'queue' | 'topic', limit: number): Promise<void> {
  const { topology } = kind === 'queue' ? jobs() : topicJobs();
  const { Worker, attempts } = worker();
  const { client } = await bench.start({ topology, controllers: [Worker] });
  const fits = (length: number): Promise<boolean> =>
    emit(client, 'job.run', { text: 'x'.repeat(length) }).then(
      () => true,
      (error: { code?: string }) => {
        if (error.code !== 'WEFT_MESSAGE_TOO_LARGE') throw error;
        return false;
      },
    );
  let low = limit - 500;
  let high = limit;
  while (low + 1 < high) {
    const middle = Math.floor((low + high) / 2);
    if (await fits(middle)) low = middle;
    else high = middle;
  }
  const longest = low;
  await waitFor(`the text of ${longest} characters`, () =>
    attempts.some(({ data }) => (data as { text: string }).text.length === longest),
  );
  expect(longest).toBeGreaterThan(limit - 500);
}

describe('Sizes', () => {
  const KIB = 1024;

  shows('the largest message we send to a queue is taken', [], () =>
    sendLargest('queue', 1024 * KIB),
  );
  shows('the largest message we publish to a topic is taken', ['sns'], () =>
    sendLargest('topic', 256 * KIB),
  );
});

describe('Delay', () => {
  shows('a message is visible after its delay, not before', [], async () => {
    const { topology, queue } = jobs();
    const now = (): number => (bench.time.clock ?? systemClock).monotonicMs();
    let handledMs = 0;
    const { Worker, attempted } = worker(() => {
      handledMs = now();
    });
    const { client } = await bench.start({ topology, controllers: [Worker] });
    const sentMs = now();
    await emit(client, 'job.run', record({}).withDelay(2).build());
    await attempted(1);
    // Engines count whole seconds, and may be early by one.
    expect(handledMs - sentMs).toBeGreaterThan(1000);
    await bench.stack.emptied(queue);
  });
});

describe('Claim-check', () => {
  let payloadBucket: string;
  beforeAll(async () => {
    payloadBucket = unique('payloads');
    if (can('s3'))
      await bench.stack.aws.s3.send(new CreateBucketCommand({ Bucket: payloadBucket }));
  });

  for (const [how, plan] of [
    ['a queue', () => jobs()],
    ['a topic, raw', () => topicJobs()],
    ['a topic, in the SNS envelope', () => topicJobs({ raw: false })],
    ['a FIFO queue', () => fifoJobs()],
  ] as const) {
    const needs = how.includes('topic') ? (['s3', 'sns'] as const) : (['s3'] as const);
    shows(`a body over the limit arrives by ${how}`, needs, async () => {
      const { topology, queue } = plan();
      const { Worker, attempts, attempted } = worker();
      const { client } = await bench.start({
        topology,
        controllers: [Worker],
        server: { payloadBucket },
        client: { payloadBucket },
      });
      const text = 'ü'.repeat(600_000);
      await emit(client, 'job.run', record({ text }).withGroup('a').build());
      await attempted(1);
      expect(attempts[0]?.data).toEqual({ text });
      expect(Number(attempts[0]?.attributes['ExtendedPayloadSize'])).toBeGreaterThan(1_200_000);
      await bench.stack.emptied(queue);
    });
  }
});
