import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import {
  NotRunError,
  PermanentError,
  RetryableError,
  WorkInProgressError,
} from '../../../../src/transport/errors/index.js';
import { refusal } from '../../../../src/transport/broker/refusal.js';
import { behind, settledQueue, taken, VISIBILITY_MS } from '../settled-queue.js';

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

const inSeconds = (seconds: number): RetryableError =>
  new RetryableError('later', { delayMs: seconds * 1000 });

const failing = new Error('no');

describe('a FIFO message that failed', () => {
  it('becomes visible together with what follows it, by one call and after the same back-off', async () => {
    const { settlement, take, group, calls, leases } = settledQueue();
    const lease = take('a');
    lease.followers = behind(take('b'), take('c'));
    expect(await group(settlement.fail(lease, 'job', inSeconds(7)))).toBe('stops');
    expect(calls).toEqual([['change', 'a 7', 'b 7', 'c 7']]);
    expect({ inFlight: leases.size, settled: settlement.visibleAtMs }).toEqual({
      inFlight: 0,
      settled: 0,
    });
  });

  it('keeps its group invisible for a second at least, in which a refused release can be repeated', async () => {
    const { settlement, take, ended, calls, clock } = settledQueue();
    const lease = take('a');
    lease.followers = behind(take('b'));
    await ended(settlement.fail(lease, 'job', inSeconds(0)));
    expect(calls).toEqual([['change', 'a 1', 'b 1']]);
    // A process that closes waits until they are visible.
    expect(settlement.visibleAtMs).toBeGreaterThan(1000);
    expect(settlement.visibleAtMs).toBeLessThanOrEqual(clock.monotonicMs() + 1000);
  });

  it('is tried again here, with its lease kept, where its queue holds what failed', async () => {
    const { settlement, take, group, calls, told } = settledQueue({ onFailure: 'hold' });
    const lease = take('a');
    lease.followers = behind(take('b'));
    expect(await group(settlement.fail(lease, 'job', inSeconds(3)))).toBe('stops');
    expect(calls).toEqual([]);
    expect(lease).toMatchObject({ state: 'held', heldRetries: 1, heldUntilMs: 3000, attempt: 2 });
    expect(lease.followers.waiting).toHaveLength(1);
    expect(told).toEqual(['failed retry']);
  });

  it.each([
    [
      'its handler says, whatever its queue says',
      { baseS: 1e6, capS: 3600 },
      { baseS: 1, capS: 1 },
    ],
    ['its queue says where its handler says nothing', { baseS: 1, capS: 1 }, {}],
  ])('waits as long as %s', async (_what, retry, ofHandler) => {
    const { settlement, take, ended } = settledQueue({ onFailure: 'hold', retry });
    const lease = take('a', 30);
    await ended(settlement.fail(lease, 'job', failing, ofHandler));
    expect(lease.heldUntilMs).toBe(1000);
  });

  it('waits twice as long before each try here, as it would before each receive', async () => {
    const { settlement, take, ended } = settledQueue({
      onFailure: 'hold',
      retry: { baseS: 1000, capS: 1e9 },
    });
    const waits: number[] = [];
    for (let n = 0; n < 40; n += 1) {
      const lease = take(`a${n}`);
      lease.heldRetries = 4;
      await ended(settlement.fail(lease, 'job', failing));
      waits.push(lease.heldUntilMs);
    }
    expect(Math.max(...waits)).toBeGreaterThan(1_000_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(16_000_000);
  });

  it('is dead-lettered once it was held for as many tries as SQS would make', async () => {
    const copies: string[] = [];
    const { settlement, take, group, calls } = settledQueue({
      onFailure: 'hold',
      maxReceiveCount: 3,
      deadLetters: ({ body }) => Promise.resolve(void copies.push(body)),
    });
    const lease = take('a', 2);
    expect(await group(settlement.fail(lease, 'job', failing))).toBe('stops');
    expect(lease.state).toBe('held');
    expect(await group(settlement.fail(lease, 'job', failing))).toBe('goes on');
    expect({ copies, calls }).toEqual({ copies: ['{}'], calls: [['delete', 'a']] });
  });

  it('is released after its last try here where there is no queue for dead letters, for SQS to move it', async () => {
    const { settlement, take, group, calls } = settledQueue({
      onFailure: 'hold',
      maxReceiveCount: 2,
    });
    const lease = take('a', 2);
    lease.followers = behind(take('b'));
    expect(await group(settlement.fail(lease, 'job', inSeconds(4)))).toBe('stops');
    expect(calls).toEqual([['change', 'a 4', 'b 4']]);
  });

  it('is released alone, and its group goes on, where SQS would dead-letter what follows it untried', async () => {
    const { settlement, take, group, calls } = settledQueue({ maxReceiveCount: 2 });
    const lease = take('a', 2);
    const follower = take('b', 2);
    lease.followers = behind(follower);
    expect(await group(settlement.fail(lease, 'job', inSeconds(0)))).toBe('goes on');
    // It stays invisible while the one behind it starts.
    expect(calls).toEqual([['change', 'a 1']]);
    expect(follower.state).toBe('held');
  });

  it('is held rather than released while SQS would dead-letter what follows it untried', async () => {
    const { settlement, take, group, calls } = settledQueue({ maxReceiveCount: 2 });
    const lease = take('a', 1);
    lease.followers = behind(take('b', 1), take('c', 2));
    expect(await group(settlement.fail(lease, 'job', failing))).toBe('stops');
    expect({ calls, state: lease.state }).toEqual({ calls: [], state: 'held' });
  });

  it('is released with its followers while SQS would give out each of them again', async () => {
    const { settlement, take, group, calls } = settledQueue({ maxReceiveCount: 2 });
    const lease = take('a', 1);
    lease.followers = behind(take('b', 1));
    expect(await group(settlement.fail(lease, 'job', inSeconds(2)))).toBe('stops');
    expect(calls).toEqual([['change', 'a 2', 'b 2']]);
  });

  it('is dead-lettered where its queue skips what failed, so that its group goes on', async () => {
    const copies: string[] = [];
    const { settlement, take, group, told } = settledQueue({
      onFailure: 'skip',
      deadLetters: ({ body }) => Promise.resolve(void copies.push(body)),
    });
    expect(await group(settlement.fail(take('a'), 'job', failing))).toBe('goes on');
    expect({ copies, told }).toEqual({
      copies: ['{}'],
      told: ['failed deadLetter', 'acknowledged 1'],
    });
  });

  it('is retried where its queue skips what failed and has nowhere to put it', async () => {
    const { settlement, take, group, told } = settledQueue({ onFailure: 'skip' });
    expect(await group(settlement.fail(take('a'), 'job', failing))).toBe('stops');
    expect(told).toEqual(['failed retry']);
  });

  it('is never skipped unhandled: what was not run is retried', async () => {
    const { settlement, take, group, told } = settledQueue({
      onFailure: 'skip',
      deadLetters: () => Promise.resolve(),
    });
    expect(await group(settlement.fail(take('a'), 'job', new NotRunError('not now')))).toBe(
      'stops',
    );
    expect(told).toEqual(['failed retry']);
  });

  it('is released with its followers, to be judged again, where the dead-letter queue did not take it', async () => {
    const { settlement, take, group, calls } = settledQueue({
      deadLetters: () => Promise.reject(refusal('AccessDenied')),
    });
    const lease = take('a');
    lease.followers = behind(take('b'));
    const never = new PermanentError('never');
    expect(await group(settlement.fail(lease, 'job', never))).toBe('stops');
    expect(calls).toHaveLength(1);
    expect(calls[0]?.[0]).toBe('change');
    expect(calls[0]).toHaveLength(3);
  });
});

describe('a message whose work goes on elsewhere', () => {
  it('is redelivered when that work must be over', async () => {
    const { settlement, take, group, calls } = settledQueue({ maxReceiveCount: 3 });
    expect(await group(settlement.fail(take('a', 2), 'job', new WorkInProgressError(9000)))).toBe(
      'stops',
    );
    expect(calls).toEqual([['change', 'a 10']]);
  });

  it('is held where SQS would dead-letter it rather than give it out again, as often as it takes', async () => {
    const { settlement, take, group, calls } = settledQueue({ maxReceiveCount: 2 });
    const lease = take('a', 2);
    for (const tries of [1, 2, 3]) {
      expect(await group(settlement.fail(lease, 'job', new WorkInProgressError(4000)))).toBe(
        'stops',
      );
      expect({ calls, retries: lease.heldRetries }).toEqual({ calls: [], retries: tries });
    }
  });

  it('is not judged once its lease has run out: whoever has it now judges it', async () => {
    const { settlement, take, group, told, clock, leases } = settledQueue();
    const lease = take('a');
    await clock.advance(VISIBILITY_MS);
    expect(await group(settlement.fail(lease, 'job', new WorkInProgressError(1)))).toBe('stops');
    expect({ told, inFlight: leases.size }).toEqual({ told: [], inFlight: 0 });
  });

  it('counts as failed while its lease is held', async () => {
    const { settlement, take, ended, told } = settledQueue();
    await ended(settlement.fail(take('a'), 'job', new WorkInProgressError(1)));
    expect(told).toEqual(['failed retry']);
  });
});

const refusing = (refuse: 'delete' | 'change') => ({
  answer: ([action]: readonly [string, ...string[]], handles: readonly string[]) =>
    Promise.resolve(
      handles.map(() =>
        action === refuse
          ? { ok: false as const, retryable: false, error: refusal('ReceiptHandleIsInvalid') }
          : { ok: true as const },
      ),
    ),
});

describe('a FIFO message that was handled and not deleted', () => {
  it('is released before what follows it, to be handled in its order once more', async () => {
    const { settlement, take, group, calls, told, leases } = settledQueue(refusing('delete'));
    const lease = take('a');
    lease.followers = behind(take('b'));
    expect(await group(settlement.ack(lease))).toBe('stops');
    expect(calls).toEqual([
      ['delete', 'a'],
      ['change', 'a 1', 'b 1'],
    ]);
    expect({ told, inFlight: leases.size }).toEqual({ told: ['not deleted of jobs'], inFlight: 0 });
  });

  it('lets its group go on where SQS would dead-letter what follows it untried', async () => {
    const { settlement, take, group, calls, leases } = settledQueue({
      ...refusing('delete'),
      maxReceiveCount: 2,
    });
    const lease = take('a', 1);
    lease.followers = behind(take('b', 2));
    expect(await group(settlement.ack(lease))).toBe('goes on');
    expect({ calls, inFlight: leases.size }).toEqual({ calls: [['delete', 'a']], inFlight: 1 });
  });

  it('releases nothing once its lease has run out, as its group is handed out elsewhere', async () => {
    const stalled = settledQueue({
      maxReceiveCount: 2,
      answer: async () => {
        // To the very millisecond at which it ends.
        await stalled.clock.advance(VISIBILITY_MS - 1000 - stalled.clock.monotonicMs());
        throw refusal('AccessDenied');
      },
    });
    const { settlement, take, group, calls, told } = stalled;
    const lease = take('a', 2);
    lease.followers = behind(take('b', 2));
    expect(await group(settlement.ack(lease))).toBe('stops');
    expect({ calls, told }).toEqual({ calls: [['delete', 'a']], told: ['lost of jobs'] });
  });

  it('is redelivered by itself where nothing follows it', async () => {
    const { settlement, take, group, calls } = settledQueue(refusing('delete'));
    expect(await group(settlement.ack(take('a')))).toBe('stops');
    expect(calls).toEqual([['delete', 'a']]);
  });
});

describe('a settlement that nobody watches', () => {
  it.each([
    ['no observer at all', 'none'],
    ['an observer that counts nothing', {}],
  ] as const)('ends the same with %s', async (_what, observer) => {
    const { settlement, take, group, clock, leases } = settledQueue({
      observer,
      answer: ([action, handle], handles) => {
        if (handle === 'late') void clock.advance(VISIBILITY_MS);
        return refusing(handle === 'a' ? 'change' : 'delete').answer([action], handles);
      },
    });
    expect(await group(settlement.ack(take('a')))).toBe('goes on');
    expect(await group(settlement.ack(take('b')))).toBe('stops');
    expect(await group(settlement.fail(take('c'), 'job', failing))).toBe('stops');
    expect(await group(settlement.ack(take('late')))).toBe('stops');
    expect(leases.size).toBe(0);
  });

  it('says in the log that a handled message was not deleted, and why', async () => {
    const warn = jest.spyOn(Logger.prototype, 'warn');
    const { settlement, take, group } = settledQueue(refusing('delete'));
    await group(settlement.ack(take('a')));
    expect(warn.mock.calls).toEqual([
      [
        'Message handled but not deleted: it is redelivered',
        expect.objectContaining({ reason: expect.stringContaining('ReceiptHandleIsInvalid') }),
      ],
    ]);
    warn.mockRestore();
  });
});

describe('messages that were not started', () => {
  it('are not released once they were settled', async () => {
    const { settlement, take, ended, calls } = settledQueue();
    const lease = take('a');
    await ended(settlement.ack(lease));
    await ended(settlement.release([lease]));
    expect(calls).toEqual([['delete', 'a']]);
  });

  it('of a group become visible a second later, in their order, and one alone at once', async () => {
    const { settlement, take, ended, calls } = settledQueue();
    await ended(settlement.release([take('a'), take('b')]));
    const { visibleAtMs } = settlement;
    expect(visibleAtMs).toBeGreaterThanOrEqual(1000);
    await ended(settlement.release([take('c')]));
    expect(calls).toEqual([
      ['change', 'a 1', 'b 1'],
      ['change', 'c 0'],
    ]);
    expect(settlement.visibleAtMs).toBe(visibleAtMs);
  });

  it('of a group count as invisible for as long as SQS was told, and until the last group is visible', async () => {
    const queue = settledQueue({
      answer: async (_call, handles) => {
        if (queue.calls.length === 1) await queue.clock.advance(306);
        return taken(handles);
      },
    });
    const { settlement, take, ended, calls, clock } = queue;
    await ended(settlement.ack(take('slow')));
    await ended(settlement.release([take('a'), take('b')]));
    const visibleAtMs = clock.monotonicMs() + 3000;
    expect(settlement.visibleAtMs).toBeGreaterThan(visibleAtMs - 100);
    expect(settlement.visibleAtMs).toBeLessThanOrEqual(visibleAtMs);
    const latestMs = settlement.visibleAtMs;
    await ended(settlement.release([take('c'), take('d')]));
    expect(calls).toEqual([
      ['delete', 'slow'],
      ['change', 'a 3', 'b 3'],
      ['change', 'c 2', 'd 2'],
    ]);
    expect(settlement.visibleAtMs).toBe(latestMs);
  });

  it('are left alone where their lease has run out, and forgotten', async () => {
    const { settlement, take, ended, calls, leases, clock } = settledQueue();
    const expired = take('a');
    await clock.advance(VISIBILITY_MS);
    await ended(settlement.release([expired, take('b')]));
    expect({ calls, inFlight: leases.size, lost: leases.lost }).toEqual({
      calls: [['change', 'b 0']],
      inFlight: 0,
      lost: 0,
    });
    await ended(settlement.release([expired]));
    expect(calls).toHaveLength(1);
  });

  it('are released only when a renewal that is on its way was answered, which would hide them again', async () => {
    const { settlement, take, ended, calls, pass } = settledQueue();
    const lease = take('a');
    const renewal = Promise.withResolvers<void>();
    lease.renewal = renewal.promise;
    const released = settlement.release([lease, take('b')]);
    await pass(500);
    expect(calls).toEqual([]);
    renewal.resolve();
    await ended(released);
    expect(calls).toEqual([['change', 'a 1', 'b 1']]);
  });

  it('are released after a second although a renewal is not answered', async () => {
    const { settlement, take, ended, calls, pass } = settledQueue();
    const lease = take('a');
    lease.renewal = new Promise(() => undefined);
    const released = settlement.release([lease]);
    await pass(999);
    expect(calls).toEqual([]);
    await ended(released);
    expect(calls).toEqual([['change', 'a 0']]);
  });

  it('are not waited for once one of them was received again, as its release has arrived then', async () => {
    const { settlement, take, ended, leases, pass, calls } = settledQueue({
      answer: () => new Promise(() => undefined),
    });
    const lease = take('a');
    const released = settlement.release([lease]);
    await pass(20);
    expect(calls).toEqual([['change', 'a 0']]);
    const again = take('a', 2);
    await ended(released);
    expect({ first: lease.state, again: again.state, inFlight: leases.size }).toEqual({
      first: 'ended',
      again: 'held',
      inFlight: 1,
    });
  });

  it('are worked on after all where their release was taken back', async () => {
    const { settlement, take, ended, leases, pass, calls } = settledQueue({
      answer: () => new Promise(() => undefined),
    });
    const lease = take('a');
    const released = settlement.release([lease]);
    await pass(20);
    expect(calls).toEqual([['change', 'a 0']]);
    lease.reclaim('held');
    await ended(released);
    expect({ state: lease.state, inFlight: leases.size }).toEqual({ state: 'held', inFlight: 1 });
  });
});

describe('whether SQS gives out a message once more', () => {
  it.each([
    ['was received less often than its queue allows', 2, 3, 'again'],
    ['was received as often as its queue allows', 3, 3, 'never'],
    ['was received more often than its queue allows', 4, 3, 'never'],
    ['is on a queue without dead letters', 1000, undefined, 'again'],
  ] as const)('is known of one that %s', (_what, receives, maxReceiveCount, given) => {
    const { settlement, take } = settledQueue({ maxReceiveCount });
    expect(settlement.isLast(take('a', receives)) ? 'never' : 'again').toBe(given);
  });
});
