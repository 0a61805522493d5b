import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { FakeClock } from '../../../src/testing/index.js';
import type { BrokerMessage, BrokerQueue } from '../../../src/transport/broker/broker.queue.js';
import { nativeCodec } from '../../../src/transport/codec/index.js';
import { Sender } from '../../../src/transport/sender/sender.js';
import { HandlerInvoker } from '../../../src/transport/server/handling/handler.invoker.js';
import { HandlerRegistry } from '../../../src/transport/server/handling/handler.registry.js';
import { QueueConsumer } from '../../../src/transport/server/queue.consumer.js';
import type { SnsSqsServerOptions } from '../../../src/transport/index.js';
import { waitFor, waitForCount } from '../../support/wait.js';
import { message } from '../fake-sqs.js';

const done = (entries: readonly unknown[]) =>
  Promise.resolve(entries.map(() => ({ ok: true as const })));

/** A consumer of a queue whose receives the test answers, and what it was told to make visible. */
function consumer(fifo: boolean) {
  const polls: ((messages: readonly BrokerMessage[]) => void)[] = [];
  const released: string[] = [];
  const queue: BrokerQueue = {
    receive: () => new Promise((resolve) => polls.push(resolve)),
    delete: done,
    changeVisibility: (changes) => {
      released.push(...changes.map(({ receiptHandle }) => receiptHandle));
      return done(changes);
    },
    send: () => Promise.resolve(),
  };
  const handlers = new HandlerRegistry();
  handlers.add('job.run', (() => undefined) as unknown as MessageHandler, true);
  const realTime = new FakeClock();
  const clock = new FakeClock();
  const sender = new Sender(
    { send: (_to, messages) => done(messages).then((all) => [...all]) },
    { lingerMs: 0 },
  );
  const tested = new QueueConsumer(
    {
      declaration: { name: 'jobs', patterns: ['job.*'] },
      url: 'https://sqs.eu-west-1.amazonaws.com/000000000000/jobs',
      fifo,
      codec: nativeCodec,
      visibilityTimeoutS: 30,
      envelopes: 'unknown',
    },
    {} as SnsSqsServerOptions,
    {
      openQueue: () => queue,
      payloads: undefined,
      sender,
      clock,
      realTime,
      handlers,
      invoker: new HandlerInvoker((_context, work) => work(), clock),
    },
  );
  return { tested, polls, released, realTime };
}

const job = (n: number): BrokerMessage =>
  message(
    `job-${n}`,
    {
      MessageGroupId: `g${n}`,
      SequenceNumber: String(n).padStart(20, '0'),
      ApproximateReceiveCount: '1',
    },
    { Body: JSON.stringify({ pattern: 'job.run', data: {} }) },
  );

describe('a consumer that closes', () => {
  it.each([
    ['a standard queue', false],
    ['a FIFO queue', true],
  ])(
    'releases nothing of %s while a poll of its own is open, which would receive it again',
    async (_what, fifo) => {
      const { tested, polls, released, realTime } = consumer(fifo);
      tested.start();
      // A full receive: one more poll is opened beside the next.
      polls[0]?.(Array.from({ length: 10 }, (_, n) => job(n)));
      await waitForCount('open polls', () => polls, 3);
      const drained = tested.drain(20_000);
      polls[1]?.([job(10)]);
      // Long enough for a batch of changes to fill, and not for the open poll to be given up.
      for (let ms = 0; ms < 1000; ms += 100) await realTime.advance(100);
      expect(released).toEqual([]);
      polls[2]?.([]);
      await waitFor('a message to be released', async () => {
        await realTime.advance(100);
        return released.length > 0;
      });
      expect(released).toEqual(['job-10-handle']);
      await waitFor('the message to be settled', async () => {
        await realTime.advance(1000);
        return tested.health().inFlight === 0;
      });
      expect(await drained).toBe(0);
    },
  );
});
