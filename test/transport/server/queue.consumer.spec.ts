import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { FakeClock } from '../../../src/testing/index.js';
import { BrokerError } from '../../../src/transport/broker/broker.error.js';
import type { BrokerMessage, BrokerQueue } from '../../../src/transport/broker/broker.queue.js';
import { nativeCodec } from '../../../src/transport/codec/index.js';
import { Sender } from '../../../src/transport/sender/sender.js';
import { HandlerInvoker } from '../../../src/transport/server/handling/handler.invoker.js';
import { HandlerRegistry } from '../../../src/transport/server/handling/handler.registry.js';
import { QueueConsumer } from '../../../src/transport/server/queue.consumer.js';
import type { SnsSqsContext, SnsSqsServerOptions } from '../../../src/transport/index.js';
import { waitFor, waitForCount } from '../../support/wait.js';
import { message } from '../fake-sqs.js';

const done = (entries: readonly unknown[]) =>
  Promise.resolve(entries.map(() => ({ ok: true as const })));

/** A consumer of a queue whose receives the test answers, and what it was told to make visible. */
function consumer(
  fifo: boolean,
  handler: (data: { readonly name: string }, context?: SnsSqsContext) => unknown = () => undefined,
  options: Partial<SnsSqsServerOptions> = {},
  facts: { readonly maxReceiveCount?: number; readonly refused?: Promise<void> } = {},
) {
  const polls: ((messages: readonly BrokerMessage[]) => void)[] = [];
  const released: string[] = [];
  const deleted: string[] = [];
  const { refused, ...others } = facts;
  const answer = async (entries: readonly unknown[]) => {
    if (!refused) return done(entries);
    await refused;
    throw new BrokerError('ServiceUnavailable', 'down');
  };
  const queue: BrokerQueue = {
    receive: () => new Promise((resolve) => polls.push(resolve)),
    delete: (handles) => {
      deleted.push(...handles);
      return answer(handles);
    },
    changeVisibility: (changes) => {
      released.push(...changes.map(({ receiptHandle }) => receiptHandle));
      return answer(changes);
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
      ...others,
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
  return { tested, polls, released, deleted, realTime, clock };
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

describe('a consumer whose time to close is over', () => {
  const DRAIN_MS = 2000;
  /** Longer than any retry. */
  const LONG_MS = 120_000;

  it.each([
    ['a standard queue', false],
    ['a FIFO queue', true],
  ])(
    'begins no message of %s that an open poll brings later, though it is the last receive',
    async (_what, fifo) => {
      const begun: unknown[] = [];
      const { tested, polls, released, realTime } = consumer(
        fifo,
        (data) => begun.push(data),
        {},
        { maxReceiveCount: 1 },
      );
      tested.start();
      const drained = tested.drain(DRAIN_MS);
      await realTime.advance(DRAIN_MS);
      expect(await drained).toBe(0);
      polls[0]?.([job(1), job(2)]);
      await realTime.advance(LONG_MS);
      expect(begun).toEqual([]);
      expect(released).toEqual([]);
      expect(tested.health().inFlight).toBe(0);
    },
  );

  it.each([
    ['a standard queue', false],
    ['a FIFO queue', true],
  ])('tries to delete and to release messages of %s no more', async (_what, fifo) => {
    const { promise: refused, resolve: refuse } = Promise.withResolvers<void>();
    const { tested, polls, released, deleted, realTime } = consumer(
      fifo,
      undefined,
      {},
      { refused },
    );
    tested.start();
    polls[0]?.([named('a', 1), named('a', 2)]);
    await waitFor('a delete', async () => {
      await realTime.advance(100);
      return deleted.length > 0;
    });
    const drained = tested.drain(DRAIN_MS);
    await realTime.advance(DRAIN_MS);
    await drained;
    const deletes = deleted.length;
    refuse();
    await realTime.advance(LONG_MS);
    expect({ deletes: deleted.length, released }).toEqual({ deletes, released: [] });
  });

  it('aborts the signals of handlers that still run, and does not settle what they end with', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    const handler = (_data: unknown, context?: SnsSqsContext): unknown => {
      if (context) signals.push(context.signal);
      return ended;
    };
    const { tested, polls, deleted, released, realTime } = consumer(false, handler);
    tested.start();
    polls[0]?.([job(1)]);
    await waitForCount('handlers', () => signals, 1);
    const drained = tested.drain(DRAIN_MS);
    await realTime.advance(DRAIN_MS / 2);
    polls[1]?.([]);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    await realTime.advance(DRAIN_MS / 2);
    expect(await drained).toBe(1);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    end();
    await realTime.advance(LONG_MS);
    expect([...deleted, ...released]).toEqual([]);
  });
});
