import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { concat, from, lastValueFrom, of, throwError, toArray } from 'rxjs';
import {
  commandCodec,
  nativeCodec,
  type MessageCodec,
} from '../../../../src/transport/codec/index.js';
import {
  MemoryIdempotencyStore,
  type IdempotencyOptions,
  type IdempotencyStore,
  type MessageWork,
} from '../../../../src/transport/idempotency/index.js';
import { flatten } from '../../../../src/transport/server/handling/flatten.js';
import {
  IdempotencyGuard,
  type GuardedCall,
} from '../../../../src/transport/server/handling/idempotency.guard.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { MessageReader } from '../../../../src/transport/server/handling/message.reader.js';
import { SnsSqsContext } from '../../../../src/transport/sns-sqs.context.js';
import { FakeClock } from '../../../../src/testing/index.js';
import { digest } from '../../../../src/transport/idempotency/message-key.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

const LEASE_MS = 30_000;
let clock: FakeClock;
let store: MemoryIdempotencyStore;
let repeated: unknown[];

beforeEach(() => {
  clock = new FakeClock();
  store = new MemoryIdempotencyStore();
  repeated = [];
});

const native = (id: string, data: unknown = null): string =>
  JSON.stringify({ id, pattern: 'job.run', data });

interface Delivery {
  readonly messageId?: string;
  readonly kind?: GuardedCall['kind'];
  readonly handler?: string;
  readonly codec?: MessageCodec;
  readonly lease?: Lease;
  readonly options?: Partial<IdempotencyOptions>;
}

/** One delivery of a body: the values that were answered, or its error. */
async function delivered(
  body: string,
  handle: () => unknown,
  {
    messageId = 'm',
    kind = 'awaited',
    handler = 'Worker.run',
    codec = nativeCodec,
    ...more
  }: Delivery = {},
): Promise<unknown[]> {
  const guard = new IdempotencyGuard({
    queue: 'jobs',
    codec,
    options: { store, ttlS: 3600, ...more.options },
    observer: { repeated: ({ queue, pattern }) => void repeated.push(`${queue} ${pattern}`) },
    clock,
  });
  const sqsMessage = { MessageId: messageId, Body: body };
  const message = await new MessageReader(codec, undefined, digest).read(sqsMessage);
  const lease = more.lease ?? leaseOf(messageId);
  const context = new SnsSqsContext(lease, {
    pattern: 'job.run',
    queue: 'jobs',
    correlationId: 'c',
    attributes: new Map(),
    maxReceiveCount: 5,
  });
  const answered: unknown[] = [];
  await guard.run(
    { lease, message, context, pattern: 'job.run', handler, kind },
    handle,
    async (result, beforeEnd) => {
      answered.push(...(await lastValueFrom(flatten(await result).pipe(toArray()))));
      await beforeEnd?.();
    },
  );
  return answered;
}

/** A delivery whose handler runs. */
async function started(
  body: string,
  answer: Promise<unknown>,
  delivery: Delivery = {},
): Promise<{ ended: Promise<unknown[]> }> {
  const running = Promise.withResolvers<void>();
  const handle = (): Promise<unknown> => {
    running.resolve();
    return answer;
  };
  const ended = delivered(body, handle, delivery);
  await running.promise;
  return { ended };
}

const leaseOf = (messageId = 'm'): Lease =>
  new Lease(
    { MessageId: messageId },
    messageId,
    'r',
    clock.monotonicMs(),
    clock.monotonicMs() + LEASE_MS,
  );

const byNumber = ({ queue, handler, pattern, data }: MessageWork) =>
  typeof data === 'number' ? { key: `${queue} ${handler} ${pattern} ${data}` } : undefined;

const runsOf = async (bodies: readonly string[], options = {}): Promise<number> => {
  let runs = 0;
  for (const [at, body] of bodies.entries()) {
    await delivered(body, () => (runs += 1), { messageId: `m${at}`, options });
  }
  return runs;
};

describe('an empty id', () => {
  it('is none: messages without an id of their own are told apart by the id SQS gives them', async () => {
    const bodies = [1, 2].map((n) => JSON.stringify({ id: '', pattern: 'job.run', data: { n } }));
    expect(await runsOf(bodies)).toBe(2);
  });

  it('of the application is none either: the message is then known by its own id', async () => {
    const bodies = [1, 2].map((n) => JSON.stringify({ id: `${n}`, pattern: 'job.run', data: 1 }));
    expect(await runsOf(bodies, { identify: () => ({ key: '' }) })).toBe(2);
  });
});

const validated = (validation: string) => ({ identify: () => ({ key: 'k', validation }) });

describe('a handler under a guard', () => {
  it.each([
    ['one value', () => ({ n: 1 }), [{ n: 1 }]],
    ['a promise', () => Promise.resolve([1, null, 'ñ 😀']), [[1, null, 'ñ 😀']]],
    ['a stream', () => from([1, 2, 3]), [1, 2, 3]],
    ['nothing', () => from([]), []],
  ])(
    'runs once for a message that comes twice, and both get its answer: %s',
    async (_what, answer, values) => {
      let runs = 0;
      const handle = (): unknown => {
        runs += 1;
        return answer();
      };
      expect(await delivered(native('1'), handle)).toEqual(values);
      expect(await delivered(native('1'), handle)).toEqual(values);
      expect(runs).toBe(1);
      expect(repeated).toEqual(['jobs job.run']);
    },
  );

  it('knows a message by the id in its body, whatever id SQS gives the copy', async () => {
    await delivered(native('1'), () => 'first', { messageId: 'a' });
    expect(await delivered(native('1'), () => 'again', { messageId: 'b' })).toEqual(['first']);
    expect(await delivered(native('2'), () => 'other', { messageId: 'a' })).toEqual(['other']);
  });

  it('is known by the name it is given, whatever the messages are', async () => {
    const options = { identify: byNumber };
    await delivered(native('1', 7), () => 'first', { options });
    expect(await delivered(native('2', 7), () => 'again', { options })).toEqual(['first']);
    expect(await delivered(native('1', 8), () => 'other', { options })).toEqual(['other']);
    expect(await delivered(native('1'), () => 'unnamed', { options })).toEqual(['unnamed']);
  });

  it('is refused under the name of work that was given another validation', async () => {
    await delivered(native('1'), () => 'first', { options: validated('a') });
    expect(await delivered(native('2'), () => 'x', { options: validated('a') })).toEqual(['first']);
    await expect(
      delivered(native('3'), () => 'x', { kind: 'event', options: validated('b') }),
    ).rejects.toMatchObject({ code: 'WEFT_IDEMPOTENCY_KEY_REUSED' });
  });

  it('fails as its handler would when it cannot be named', async () => {
    const options = { identify: throwAnError };
    await expect(delivered(native('1'), () => 'x', { options })).rejects.toThrow('no');
  });

  it('does not take another handler for done', async () => {
    await delivered(native('1'), () => 'first');
    expect(await delivered(native('1'), () => 'second', { handler: 'Other.run' })).toEqual([
      'second',
    ]);
  });

  it('refuses another body under the id of a message, and answers the caller', async () => {
    await delivered(native('1', 'a'), () => 'first');
    await expect(delivered(native('1', 'b'), () => 'x', { kind: 'event' })).rejects.toMatchObject({
      code: 'WEFT_IDEMPOTENCY_KEY_REUSED',
      retryable: false,
    });
    await expect(delivered(native('1', 'b'), () => 'x')).rejects.toEqual({
      status: 'error',
      message: 'A message with the same id and another body was handled before',
    });
  });

  it.each([
    ['throws', throwAnError],
    ['rejects', () => Promise.reject(new Error('no'))],
    [
      'fails after its first value',
      () =>
        concat(
          of(1),
          throwError(() => new Error('no')),
        ),
    ],
  ])('that %s runs again', async (_what, handle: () => unknown) => {
    await expect(delivered(native('1'), handle)).rejects.toThrow('no');
    expect(await delivered(native('1'), () => 'second try')).toEqual(['second try']);
  });

  it('is not run while another process runs it, and says for how long', async () => {
    const held = Promise.withResolvers<string>();
    const first = await started(native('1'), held.promise);
    await clock.advance(10_000);
    await expect(delivered(native('1'), () => 'twice', { messageId: 'b' })).rejects.toMatchObject({
      code: 'WEFT_WORK_IN_PROGRESS',
      retryable: true,
      retryAfterMs: 20_000,
    });
    held.resolve('once');
    expect(await first.ended).toEqual(['once']);
  });

  it('keeps its work for as long as its lease is renewed, and no longer', async () => {
    const held = Promise.withResolvers<string>();
    const lease = leaseOf();
    const first = await started(native('1'), held.promise, { lease });
    lease.extend(clock.monotonicMs() + 2 * LEASE_MS);
    await clock.advance(2 * LEASE_MS);
    await expect(delivered(native('1'), () => 'twice')).rejects.toMatchObject({ retryAfterMs: 0 });
    await clock.advance(1);
    expect(await delivered(native('1'), () => 'after a crash')).toEqual(['after a crash']);
    held.resolve('too late');
    expect(await first.ended).toEqual(['too late']);
    expect(await delivered(native('1'), () => 'never')).toEqual(['after a crash']);
  });

  it('is renewed at once when its lease was while the store was asked', async () => {
    const lease = leaseOf();
    const renewals: number[] = [];
    const slow: IdempotencyStore = {
      reserve: async () => {
        lease.extend(clock.monotonicMs() + 2 * LEASE_MS);
        return undefined;
      },
      renew: async (_reservation, untilMs) => renewals.push(untilMs) > 0,
      commit: async () => true,
      release: async () => true,
    };
    await delivered(native('1'), () => 'x', { lease, options: { store: slow } });
    lease.extend(clock.monotonicMs() + 3 * LEASE_MS);
    expect(renewals).toEqual([clock.now() + 2 * LEASE_MS]);
  });

  it('is not run when the process stood still while the store was asked, though nothing has noticed yet', async () => {
    const lease = leaseOf();
    const released: string[] = [];
    const slow: IdempotencyStore = {
      reserve: async () => {
        await clock.advance(LEASE_MS);
        return undefined;
      },
      renew: async () => true,
      commit: async () => true,
      release: async ({ key }) => released.push(key) > 0,
    };
    const ran = delivered(native('1'), () => 'x', { lease, options: { store: slow } });
    await expect(ran).rejects.toThrow('The lease was lost before the work began');
    expect({ state: lease.state, released: released.length }).toEqual({
      state: 'held',
      released: 1,
    });
  });

  it('is not run under a lease that was lost while the store was asked, and its work is released', async () => {
    const lease = leaseOf();
    lease.lose();
    await expect(delivered(native('1'), () => 'x', { lease })).rejects.toMatchObject({
      code: 'WEFT_NOT_RUN',
    });
    expect(await delivered(native('1'), () => 'now')).toEqual(['now']);
  });

  it('is done before the last of its answer is out, so that a lost answer is repeated from the store', async () => {
    const body = native('1');
    const message = await new MessageReader(nativeCodec, undefined, digest).read({ Body: body });
    const guard = new IdempotencyGuard({
      queue: 'jobs',
      codec: nativeCodec,
      options: { store },
      observer: undefined,
      clock,
    });
    const lease = leaseOf();
    const context = new SnsSqsContext(lease, {
      pattern: 'job.run',
      queue: 'jobs',
      correlationId: 'c',
      attributes: new Map(),
      maxReceiveCount: 5,
    });
    const call = {
      lease,
      message,
      context,
      pattern: 'job.run',
      handler: 'Worker.run',
      kind: 'awaited',
    } as const;
    const crash = guard.run(
      call,
      () => 'the answer',
      async (result, beforeEnd) => {
        await lastValueFrom(flatten(result).pipe(toArray()));
        await beforeEnd?.();
        throw new Error('crashed before it was sent');
      },
    );
    await expect(crash).rejects.toThrow('crashed');
    expect(await delivered(body, () => 'never')).toEqual(['the answer']);
  });

  it('is forgotten after its time', async () => {
    await delivered(native('1'), () => 'first');
    await clock.advance(3600_000);
    expect(await delivered(native('1'), () => 'again')).toEqual(['first']);
    await clock.advance(1001);
    expect(await delivered(native('1'), () => 'again')).toEqual(['again']);
  });

  it.each([
    ['too large', () => 'x'.repeat(100)],
    ['no JSON', () => 10n],
    ['too large in all', () => from(Array.from({ length: 50 }, (_, n) => n))],
  ])(
    'whose answer is %s is not run again, and the caller receives an error',
    async (_what, handle) => {
      const options = { maxAnswerBytes: 50 };
      await delivered(native('1'), handle, { options });
      await expect(delivered(native('1'), handle, { options })).rejects.toEqual({
        status: 'error',
        message: 'The request was handled before, and its answer was too large to be kept',
      });
      expect(await delivered(native('1'), handle, { options, kind: 'request' })).toEqual([]);
    },
  );

  it('whose message repeats is reported with the answer it gave; an event has none', async () => {
    const told: unknown[] = [];
    const options: Partial<IdempotencyOptions> = {
      onRepeated: ({ context, answer }) => void told.push([context.messageId, answer]),
    };
    await delivered(native('1'), () => 'first', { kind: 'request' });
    await delivered(native('1'), () => 'x', { kind: 'request', options });
    await delivered(native('2'), () => 'ignored', { kind: 'event' });
    await delivered(native('2'), () => 'x', { kind: 'event', options, messageId: 'n' });
    expect(told).toEqual([
      ['m', ['first']],
      ['n', undefined],
    ]);
  });
});

const command = (fields: object): string =>
  JSON.stringify({ type: 'storage', action: 'list_objects', correlation_id: 'job-1', ...fields });

describe('a Command under a guard', () => {
  const codec = commandCodec;

  it('runs once when the same Command is published twice', async () => {
    const body = command({ payload: { container: 'raw' } });
    await delivered(body, () => 'first', { codec, messageId: 'a' });
    expect(await delivered(body, () => 'again', { codec, messageId: 'b' })).toEqual(['first']);
  });

  it.each([
    ['payload', { payload: { prefix: 'a/' } }],
    ['action', { action: 'get_object' }],
    ['step', { step_id: 'step-2' }],
    ['timestamp', { timestamp: '2026-01-01T00:00:00Z' }],
  ])('runs beside another one of the same correlation id and another %s', async (_what, fields) => {
    await delivered(command({}), () => 'first', { codec, messageId: 'a' });
    const other = await delivered(command(fields), () => 'second', { codec, messageId: 'b' });
    expect(other).toEqual(['second']);
  });

  it('without a correlation id is known by the id SQS gives it', async () => {
    const body = JSON.stringify({ type: 'storage', action: 'list_objects' });
    await delivered(body, () => 'first', { codec, messageId: 'a' });
    expect(await delivered(body, () => 'x', { codec, messageId: 'a' })).toEqual(['first']);
    expect(await delivered(body, () => 'second', { codec, messageId: 'b' })).toEqual(['second']);
  });
});

const broken = (calls: Partial<IdempotencyStore>): Partial<IdempotencyOptions> => ({
  store: {
    reserve: (...args) => store.reserve(...args),
    renew: (...args) => store.renew(...args),
    commit: (...args) => store.commit(...args),
    release: (...args) => store.release(...args),
    ...calls,
  },
});
const fail = () => Promise.reject(new Error('away'));

describe('a store that fails', () => {
  it('when it is asked, keeps the handler from running; the message is redelivered', async () => {
    let runs = 0;
    const failed = delivered(native('1'), () => (runs += 1), {
      options: broken({ reserve: fail }),
    });
    await expect(failed).rejects.toMatchObject({ code: 'WEFT_IDEMPOTENCY_STORE', retryable: true });
    expect(runs).toBe(0);
  });

  it('when work is committed, does not undo what is done', async () => {
    const options = broken({ commit: fail });
    expect(await delivered(native('1'), () => 'done', { options })).toEqual(['done']);
  });

  it('when work is released, leaves it to be abandoned', async () => {
    const options = broken({ release: fail });
    await expect(delivered(native('1'), throwAnError, { options })).rejects.toThrow('no');
    await expect(delivered(native('1'), () => 'x')).rejects.toMatchObject({
      retryAfterMs: LEASE_MS,
    });
    await clock.advance(LEASE_MS + 1);
    expect(await delivered(native('1'), () => 'later')).toEqual(['later']);
  });
});

function throwAnError(): never {
  throw new Error('no');
}
