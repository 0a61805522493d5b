import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { systemClock } from '../../../../../src/transport/clock.js';
import { PermanentError, WorkInProgressError } from '../../../../../src/transport/errors/index.js';
import { FifoDispatcher } from '../../../../../src/transport/server/dispatching/fifo.dispatcher.js';
import { HeldWork } from '../../../../../src/transport/server/dispatching/held-work.js';
import type { Lease } from '../../../../../src/transport/server/leases/lease.js';
import type { IdempotencyGuard } from '../../../../../src/transport/server/handling/idempotency.guard.js';
import type { SnsSqsBatchContext } from '../../../../../src/transport/index.js';
import { waitFor } from '../../../../support/wait.js';
import { message, takeAll, type SqsCall } from '../../../fake-sqs.js';
import { line, type LineOptions } from '../../line.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

type Work = (numbers: readonly number[], context: SnsSqsBatchContext, run: number) => void;

const now = (): number => systemClock.monotonicMs();

/** One group whose messages carry 1, 2, 3 …, all received before the first is handled. */
async function handle(
  bodies: readonly string[],
  work: Work,
  options: LineOptions = {},
): Promise<{ batches: number[][]; calls: string[]; singles: number[] }> {
  const batches: number[][] = [];
  const singles: number[] = [];
  const run = (payloads: readonly { n: number }[], context: SnsSqsBatchContext): void => {
    const numbers = payloads.map(({ n }) => n);
    batches.push(numbers);
    work(numbers, context, batches.length);
  };
  const one = line({
    fifo: true,
    batch: { maxMessages: 5, lingerMs: 0 },
    retry: { baseS: 100, capS: 100 },
    handlers: { 'job.run': run as unknown as MessageHandler },
    ...options,
  });
  const single = ({ n }: { n: number }): void => void singles.push(n);
  one.handlers.add('job.one', single as unknown as MessageHandler, true);
  const held = new HeldWork(
    (lease, behind) => one.processor.process(lease, behind),
    one.settlement.release,
    systemClock,
  );
  const { release, isLast } = one.settlement;
  const dispatcher = new FifoDispatcher({ work: held.run, release, isLast, now });
  const leases = bodies.map((Body, index) =>
    one.leases.take(message(`m${index + 1}`, { MessageGroupId: 'g' }, { Body }), now()),
  );
  dispatcher.dispatch(leases.filter((lease) => lease !== undefined));
  await waitFor('every lease to end', () => one.leases.size, { until: (count) => count === 0 });
  return { batches, singles, calls: one.calls.map(told) };
}

const job = (n: number, pattern = 'job.run'): string => JSON.stringify({ pattern, data: { n } });
const jobs = (count: number): string[] => Array.from({ length: count }, (_, n) => job(n + 1));

/** A call in short: what it did with which messages. */
function told({ action, input }: SqsCall): string {
  const entries = (input['Entries'] ?? []) as {
    ReceiptHandle: string;
    VisibilityTimeout?: number;
  }[];
  const names = entries.map(({ ReceiptHandle: receipt }) => receipt.replace('-handle', ''));
  const hidden = new Set(entries.map(({ VisibilityTimeout: s }) => s));
  const together = hidden.size === 1 ? 'alike' : 'unlike';
  if (action === 'DeleteMessageBatch') return `delete ${names.join(' ')}`;
  return action === 'SendMessage' ? 'dead-letter' : `hide ${together} ${names.join(' ')}`;
}

/** The messages 3 and 5 of a group; 4 is delivered after them, while something is done with them. */
async function handleLate(during: 'gathering' | 'settling'): Promise<number[][]> {
  const batches: number[][] = [];
  const handler = (payloads: readonly { n: number }[]): void =>
    void batches.push(payloads.map(({ n }) => n));
  const late = { delivered: false };
  const deliver = (): void => {
    if (!late.delivered) dispatcher.dispatch([lease(4)]);
    late.delivered = true;
  };
  const one = line({
    fifo: true,
    batch: {
      maxMessages: 5,
      lingerMs: 0,
      itemPipe: {
        transform: (payload: { n: number }) => {
          if (during === 'gathering' && payload.n === 5) deliver();
          return Promise.resolve(payload);
        },
      },
    },
    handlers: { 'job.run': handler as unknown as MessageHandler },
    answer: (call) => {
      if (during === 'settling' && told(call) === 'delete m3') deliver();
      return takeAll(call);
    },
  });
  const { release, isLast } = one.settlement;
  const dispatcher = new FifoDispatcher({
    work: (lease, behind) => one.processor.process(lease, behind),
    release,
    isLast,
    now,
  });
  const lease = (n: number): Lease => {
    const attributes = { MessageGroupId: 'g', SequenceNumber: `${n}` };
    const taken = one.leases.take(message(`m${n}`, attributes, { Body: job(n) }), now());
    if (!taken) throw new Error(`Message ${n} is in flight already`);
    return taken;
  };
  dispatcher.dispatch([lease(3), lease(5)]);
  await waitFor('every lease to end', () => one.leases.size, { until: (count) => count === 0 });
  return batches;
}

describe('the messages of a group in a batch', () => {
  it.each(['gathering', 'settling'] as const)(
    'do not displace one before them that SQS delivers late, while %s them: each is handled once',
    async (during) => {
      const batches = await handleLate(during);
      expect(batches.flat()).toEqual([3, 5, 4]);
    },
  );

  it('are handled together and in order, no more than fit, and deleted one after another', async () => {
    const { batches, calls } = await handle(jobs(7), () => undefined);
    expect(batches).toEqual([
      [1, 2, 3, 4, 5],
      [6, 7],
    ]);
    expect(calls).toEqual([1, 2, 3, 4, 5, 6, 7].map((n) => `delete m${n}`));
  });

  it('behind one that fails have failed with it: all become visible at the same time, by one call, the rest of the group with them', async () => {
    const { batches, calls } = await handle(jobs(7), (_numbers, context) =>
      context.fail(2, new Error('not yet')),
    );
    expect(batches).toEqual([[1, 2, 3, 4, 5]]);
    expect(calls).toEqual(['delete m1', 'delete m2', 'hide alike m3 m4 m5 m6 m7']);
  });

  it('behind one that is dead-lettered are handled again, as what was done before it was off the queue does not count', async () => {
    const { batches, calls } = await handle(jobs(4), (numbers, context) => {
      if (numbers.includes(2)) context.fail(numbers.indexOf(2), new PermanentError('cancelled'));
    });
    expect(batches).toEqual([
      [1, 2, 3, 4],
      [3, 4],
    ]);
    expect(calls).toEqual(['delete m1', 'dead-letter', 'delete m2', 'delete m3', 'delete m4']);
  });

  it('behind one that SQS did not delete are released, not deleted', async () => {
    const { calls } = await handle(jobs(3), () => undefined, {
      answer: (call) =>
        told(call) === 'delete m2'
          ? { Failed: [{ Id: '0', Code: 'ReceiptHandleIsInvalid', SenderFault: true }] }
          : takeAll(call),
    });
    expect(calls).toEqual(['delete m1', 'delete m2', 'hide alike m2 m3']);
  });

  it('behind one that cannot be read wait until it is off the queue', async () => {
    const { batches, calls } = await handle([job(1), 'no JSON', job(3)], () => undefined);
    expect(batches).toEqual([[1], [3]]);
    expect(calls).toEqual(['delete m1', 'dead-letter', 'delete m2', 'delete m3']);
  });

  it('do not overtake a message of another handler', async () => {
    const bodies = [job(1), job(2), job(3, 'job.one'), job(4)];
    const { singles, batches } = await handle(bodies, () => undefined);
    expect({ singles, batches }).toEqual({ singles: [3], batches: [[1, 2], [4]] });
  });

  it('under the policy hold wait here for the one that failed, and are handled again behind it', async () => {
    const { batches, calls } = await handle(
      jobs(3),
      (numbers, context, run) => {
        if (run <= 2) context.fail(numbers.indexOf(2), new Error('not yet'));
      },
      { onFailure: 'hold', retry: { baseS: 0, capS: 0 } },
    );
    expect(batches).toEqual([
      [1, 2, 3],
      [2, 3],
      [2, 3],
    ]);
    expect(calls).toEqual(['delete m1', 'delete m2', 'delete m3']);
  });

  it('are not started behind one that another process handles, nor remembered as done', async () => {
    const ended: string[] = [];
    const guard: Pick<IdempotencyGuard, 'run'> = {
      run: async ({ lease: { messageId } }, work) => {
        if (messageId === 'm2') throw new WorkInProgressError(1000);
        try {
          await work();
          ended.push(`${messageId} done`);
        } catch {
          ended.push(`${messageId} released`);
          throw new Error('failed');
        }
      },
    };
    const { batches, calls } = await handle(jobs(3), () => undefined, {
      guard: guard as IdempotencyGuard,
    });
    expect(batches).toEqual([[1]]);
    expect(ended.toSorted()).toEqual(['m1 done', 'm3 released']);
    expect(calls).toEqual(['delete m1', 'hide alike m2 m3']);
  });

  it('are not remembered as done behind one that failed', async () => {
    const ended: string[] = [];
    const guard: Pick<IdempotencyGuard, 'run'> = {
      run: async ({ lease: { messageId } }, work) => {
        await Promise.resolve(work()).catch((error: unknown) => {
          ended.push(`${messageId} released`);
          throw error;
        });
        ended.push(`${messageId} done`);
      },
    };
    await handle(jobs(3), (_numbers, context) => context.fail(1, new Error('not yet')), {
      guard: guard as IdempotencyGuard,
    });
    expect(ended.toSorted()).toEqual(['m1 done', 'm2 released', 'm3 released']);
  });
});
