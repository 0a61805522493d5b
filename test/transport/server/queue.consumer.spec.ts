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
function consumer(
  fifo: boolean,
  handler: (data: { readonly name: string }) => unknown = () => undefined,
  options: Partial<SnsSqsServerOptions> = {},
) {
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
  handlers.add('job.run', handler as unknown as MessageHandler, true);
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
    options as SnsSqsServerOptions,
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
  return { tested, polls, released, realTime, clock };
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

const named = (group: string, n: number, receives = 1): BrokerMessage => {
  const name = `${group}${n}`;
  const attributes = {
    MessageGroupId: group,
    SequenceNumber: String(n).padStart(20, '0'),
    ApproximateReceiveCount: String(receives),
  };
  return message(name, attributes, {
    Body: JSON.stringify({ pattern: 'job.run', data: { name } }),
  });
};

describe('a FIFO group of which a handler still runs though the lease of its message is lost', () => {
  it('has no other message held behind it, which is left to another process, while other groups go on', async () => {
    const begun: string[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const handler = ({ name }: { readonly name: string }): unknown => {
      begun.push(name);
      return name === 'a1' ? ended : undefined;
    };
    const { tested, polls, clock, realTime } = consumer(true, handler, { maxLeaseMs: 1000 });
    tested.start();
    polls[0]?.([named('a', 1)]);
    await waitForCount('handlers', () => begun, 1);
    await clock.advance(31_000);
    await waitForCount('polls', () => polls, 2);
    polls[1]?.([named('a', 2), named('b', 1)]);
    await waitForCount('handlers', () => begun, 2);
    const settled = (left: number): Promise<unknown> =>
      waitFor(`${left} to be in flight`, async () => {
        await realTime.advance(10);
        return tested.health().inFlight === left;
      });
    await settled(1);
    end();
    await settled(0);
    expect(begun).toEqual(['a1', 'b1']);
    await waitForCount('polls', () => polls, 3);
    polls[2]?.([named('a', 2, 2)]);
    await waitForCount('handlers', () => begun, 3);
    expect(begun).toEqual(['a1', 'b1', 'a2']);
  });
});

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
