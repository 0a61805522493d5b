import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { S3Client } from '@aws-sdk/client-s3';
import { concat, EMPTY, of, throwError } from 'rxjs';
import { PermanentError, RetryableError } from '../../../../src/transport/errors/index.js';
import { formatPointer } from '../../../../src/transport/codec/claim-check.js';
import {
  PayloadStore,
  type FetchedPayload,
} from '../../../../src/transport/codec/payload-store.js';
import type { Lease } from '../../../../src/transport/server/leases/lease.js';
import { systemClock } from '../../../../src/transport/clock.js';
import { message, SqsFault, takeAll, type SqsCall } from '../../fake-sqs.js';
import { line, placeOf, QUEUE_URL } from '../line.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

type Line = ReturnType<typeof line>;

const REPLY_QUEUE = QUEUE_URL.replace('jobs', 'weft-replies-1');

function take(
  { leases }: Line,
  attributes: Record<string, string> = {},
  nowMs = systemClock.monotonicMs(),
  dated: Record<string, string> = {},
  body = '{"a":1}',
): Lease {
  const received = message(
    'm',
    { ApproximateReceiveCount: '1', ...dated },
    {
      Body: body,
      MessageAttributes: Object.fromEntries(
        Object.entries({ pattern: 'job.run', ...attributes }).map(([name, StringValue]) => [
          name,
          { DataType: 'String', StringValue },
        ]),
      ),
    },
  );
  const lease = leases.take(received, nowMs);
  if (!lease) throw new Error('not taken');
  return lease;
}

const handler = (work: (data: unknown) => unknown): MessageHandler =>
  work as unknown as MessageHandler;

describe('an event', () => {
  it('is off the queue when its handler has ended and its message is deleted', async () => {
    const seen: unknown[] = [];
    const one = line({ handlers: { 'job.run': handler((data) => void seen.push(data)) } });
    expect(await placeOf(one.processor.process(take(one)))).toBe('deleted');
    expect(seen).toEqual([{ a: 1 }]);
    expect(one.told).toEqual(['handled job.run', 'acknowledged 1']);
  });

  it('is not started when its lease ran out while it waited its turn', async () => {
    const seen: unknown[] = [];
    const one = line({ handlers: { 'job.run': handler((data) => void seen.push(data)) } });
    expect(
      await placeOf(one.processor.process(take(one, {}, systemClock.monotonicMs() - 60_000))),
    ).toBe('on the queue');
    expect(seen).toEqual([]);
    expect(one.actions()).toEqual([]);
    expect(one.leases.size).toBe(0);
  });

  it('is not started when its lease ran out while its body was fetched from S3, and lets the body go', async () => {
    const seen: unknown[] = [];
    let lease: Lease | undefined;
    let givenBack = 0;
    class LatePayloads extends PayloadStore {
      override async get(): Promise<FetchedPayload> {
        lease?.extend(systemClock.monotonicMs());
        return { body: '{"a":1}', release: () => void (givenBack += 1) };
      }
    }
    const one = line({
      handlers: { 'job.run': handler((data) => void seen.push(data)) },
      payloads: new LatePayloads(() => new S3Client(), 'payloads'),
    });
    lease = take(
      one,
      {},
      systemClock.monotonicMs(),
      {},
      formatPointer({ bucket: 'payloads', key: 'k' }),
    );
    expect(await placeOf(one.processor.process(lease))).toBe('on the queue');
    expect({ seen, givenBack, actions: one.actions() }).toEqual({
      seen: [],
      givenBack: 1,
      actions: [],
    });
    expect(one.leases.size).toBe(0);
  });

  it('is still on the queue when its lease was lost while its handler ran, so that its group stops', async () => {
    const one = line({ handlers: { 'job.run': handler(() => one.leases.lose(lease)) } });
    const lease = take(one);
    expect(await placeOf(one.processor.process(lease))).toBe('on the queue');
    expect(one.actions()).toEqual([]);
    expect(one.leases.size).toBe(0);
  });

  it('is still on the queue when SQS did not delete it', async () => {
    const one = line({
      handlers: { 'job.run': handler(() => undefined) },
      answer: () => ({ Failed: [{ Id: '0', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] }),
    });
    expect(await placeOf(one.processor.process(take(one)))).toBe('on the queue');
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  it.each([[circular], [10n], [undefined]])(
    'whose handler throws %p has failed, and nothing else breaks',
    async (thrown) => {
      const one = line({ handlers: { 'job.run': handler(() => throwError(() => thrown)) } });
      expect(await placeOf(one.processor.process(take(one)))).toBe('on the queue');
      expect(one.actions()).toEqual(['ChangeMessageVisibilityBatch']);
      expect(one.leases.size).toBe(0);
    },
  );
});

/** What the caller is told. */
const parts = (calls: readonly SqsCall[]): unknown[] =>
  calls
    .filter(({ action }) => action === 'SendMessageBatch')
    .flatMap(({ input }) => input['Entries'] as { MessageBody: string }[])
    .map(({ MessageBody }) => JSON.parse(MessageBody) as unknown);

const later = () => throwError(() => new RetryableError('later'));
const broken = () => throwError(() => new Error('connection lost'));
const impossible = () => throwError(() => new PermanentError('no such job'));

describe('a request', () => {
  const request = { replyTo: `${REPLY_QUEUE}?request=r&timeout=60000` };
  const INTERNAL = { status: 'error', message: 'Internal server error' };

  const ask = async (
    work: () => unknown,
    options: Parameters<typeof line>[0] = {},
  ): Promise<Line & { place: string }> => {
    const one = line({ handlers: { 'job.run': handler(work) }, events: false, ...options });
    return { ...one, place: await placeOf(one.processor.process(take(one, request))) };
  };

  it('is answered before it is deleted', async () => {
    const { calls, actions, place } = await ask(() => of('a', 'b'));
    expect(parts(calls)).toEqual([
      { requestId: 'r', sequence: 0, response: 'a' },
      { requestId: 'r', sequence: 1, response: 'b', total: 2 },
    ]);
    expect(actions().at(-1)).toBe('DeleteMessageBatch');
    expect(place).toBe('deleted');
  });

  it('without a value is answered all the same', async () => {
    const { calls } = await ask(() => EMPTY);
    expect(parts(calls)).toEqual([{ requestId: 'r', sequence: 0, total: 0 }]);
  });

  it('with an error is answered with it, after the values before it', async () => {
    const error = { status: 'error', message: 'no such job' };
    const { calls, place } = await ask(() =>
      concat(
        of('a', 'b'),
        throwError(() => error),
      ),
    );
    expect(parts(calls)).toEqual([
      { requestId: 'r', sequence: 0, response: 'a' },
      { requestId: 'r', sequence: 1, response: 'b' },
      { requestId: 'r', sequence: 2, err: error, total: 3 },
    ]);
    expect(place).toBe('deleted');
  });

  const circular: Record<string, unknown> = {};
  circular['self'] = circular;
  it.each([
    ['nothing', undefined],
    ['null', null],
    ['an empty text', ''],
    ['an Error of its own', new Error('secret of the house')],
    ['what is no JSON', circular],
  ])('whose error is %s is answered with an internal error', async (_what, thrown) => {
    const { calls, place } = await ask(() => throwError(() => thrown));
    expect(parts(calls)).toEqual([{ requestId: 'r', sequence: 0, err: INTERNAL, total: 1 }]);
    expect(place).toBe('deleted');
  });

  it.each([
    ['first', () => of(10n, 'b', 'c')],
    ['later', () => of('a', 10n, 'c')],
    ['last', () => of('a', 'b', 10n)],
  ])(
    'whose %s value is no JSON ends in an internal error, and the process goes on',
    async (_which, work) => {
      const { calls, place } = await ask(work);
      expect(parts(calls).at(-1)).toMatchObject({ err: INTERNAL });
      expect(place).toBe('deleted');
    },
  );

  it('is retried when its error asks for it, and answered at its last attempt', async () => {
    const first = await ask(later, { maxReceiveCount: 2 });
    expect(first.actions()).toEqual(['ChangeMessageVisibilityBatch']);
    expect(first.place).toBe('on the queue');
    const last = await ask(later, { maxReceiveCount: 1 });
    expect(parts(last.calls)).toHaveLength(1);
    expect(last.place).toBe('deleted');
  });

  it('is done when its reply queue is gone', async () => {
    const { place } = await ask(() => of(1), {
      answer: (call) => {
        if (call.action === 'SendMessageBatch') throw new SqsFault('QueueDoesNotExist');
        return takeAll(call);
      },
    });
    expect(place).toBe('deleted');
  });

  it('whose address names no expiry is handled without an answer', async () => {
    let runs = 0;
    const one = line({ handlers: { 'job.run': handler(() => (runs += 1)) }, events: false });
    await one.processor.process(take(one, { replyTo: `${REPLY_QUEUE}?request=r` }));
    expect(runs).toBe(1);
    expect(one.actions()).toEqual(['DeleteMessageBatch']);
  });

  const expired = async (options: Parameters<typeof line>[0]): Promise<Line & { ran: number }> => {
    let ran = 0;
    const work = handler(() => (ran += 1));
    const one = line({ handlers: { 'job.run': work }, ...options });
    const dated = { SentTimestamp: '0', ApproximateFirstReceiveTimestamp: '60001' };
    await one.processor.process(take(one, request, undefined, dated));
    return { ...one, ran };
  };

  it('whose caller has stopped waiting is deleted unhandled when nothing but its answer was wanted', async () => {
    const { ran, told, actions } = await expired({ events: false });
    expect(ran).toBe(0);
    expect(told).toEqual(['expired', 'acknowledged 1']);
    expect(actions()).toEqual(['DeleteMessageBatch']);
  });

  it.each([
    ['work that must be done', { events: false, durable: true }],
    ['to a handler of events', { events: true }],
  ])(
    'whose caller has stopped waiting is handled, unanswered, when it is %s',
    async (_, options) => {
      const { ran, told, actions } = await expired(options);
      expect(ran).toBe(1);
      expect(told).toEqual(['handled job.run', 'acknowledged 1']);
      expect(actions()).toEqual(['DeleteMessageBatch']);
    },
  );

  it('that no handler may answer is dead-lettered also after its caller has stopped waiting', async () => {
    const { ran, told } = await expired({ batch: {} });
    expect(ran).toBe(0);
    expect(told).toContain('failed deadLetter');
  });

  it('that must be done is retried like an event, and its caller hears of the last failure', async () => {
    const first = await ask(broken, { durable: true, maxReceiveCount: 2 });
    expect(first.actions()).toEqual(['ChangeMessageVisibilityBatch']);
    expect(first.place).toBe('on the queue');
    const last = await ask(broken, { durable: true, maxReceiveCount: 1 });
    expect(parts(last.calls)).toEqual([{ requestId: 'r', sequence: 0, err: INTERNAL, total: 1 }]);
    expect(last.actions()).not.toContain('DeleteMessageBatch');
  });

  it('that must be done and never can is dead-lettered, and its caller hears of it', async () => {
    const { calls, told } = await ask(impossible, { durable: true });
    expect(told).toContain('failed deadLetter');
    expect(parts(calls)[0]).toMatchObject({ err: INTERNAL, total: 1 });
  });
});
