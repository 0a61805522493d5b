import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { refusal } from '../../../../src/transport/broker/refusal.js';
import type { EntryOutcome } from '../../../../src/transport/call-batching/entry-batcher.js';
import { settledQueue, taken, VISIBILITY_MS, type QueueCall } from '../settled-queue.js';

const cutOff = (): Error => Object.assign(new Error('cut off'), { code: 'ECONNRESET' });

const refusedAs = (code: string): EntryOutcome => ({
  ok: false,
  retryable: false,
  error: refusal(code),
});

/** Answers the calls in turn, and takes what comes after them. */
const inTurn = (...answers: ((handles: readonly string[]) => EntryOutcome[])[]) => ({
  answer: (_call: QueueCall, handles: readonly string[]): Promise<EntryOutcome[]> =>
    Promise.resolve((answers.shift() ?? taken)(handles)),
});

const refusing =
  (code: string, ...refused: string[]) =>
  (handles: readonly string[]) =>
    handles.map((handle) => (refused.includes(handle) ? refusedAs(code) : ({ ok: true } as const)));

describe('a release', () => {
  it('of more messages than one call takes goes out ten at a time, in their order, one call after another', async () => {
    const open = settledQueue({
      answer: async (_call, handles) => {
        const before = open.calls.length;
        await open.clock.advance(100);
        expect(open.calls).toHaveLength(before);
        return taken(handles);
      },
    });
    const leases = Array.from({ length: 21 }, (_, n) => open.take(`m${n}`));
    for (const lease of leases) lease.state = 'releasing';
    await open.ended(open.visibility.release(leases, 5));
    expect(open.calls).toEqual(
      [leases.slice(0, 10), leases.slice(10, 20), leases.slice(20)].map((part) => [
        'change',
        ...part.map(({ messageId }) => `${messageId} 5`),
      ]),
    );
  });

  it('of just as many messages as two calls take is two calls', async () => {
    const { visibility, take, ended, calls } = settledQueue();
    const leases = Array.from({ length: 20 }, (_, n) => take(`m${n}`));
    for (const lease of leases) lease.state = 'releasing';
    await ended(visibility.release(leases, 0));
    expect(calls.map((call) => call.length - 1)).toEqual([10, 10]);
  });

  it('waits a moment for others to share its call', async () => {
    const { visibility, take, clock, calls } = settledQueue();
    const leases = ['a', 'b'].map((id) => take(id));
    for (const lease of leases) lease.state = 'releasing';
    const released = leases.map(async (lease, index) => {
      await clock.advance(index);
      await visibility.release([lease], 0);
    });
    await clock.advance(9);
    // A call that did not wait would leave with this turn.
    await nextTurn();
    expect(calls).toEqual([]);
    await clock.advance(10);
    await Promise.all(released);
    expect(calls).toEqual([['change', 'a 0', 'b 0']]);
  });

  it('is not asked for from the moment on at which its lease ends', async () => {
    const { visibility, take, ended, calls, clock } = settledQueue();
    const lease = take('a');
    lease.state = 'releasing';
    // It waits 10 ms for company.
    await clock.advance(lease.expiresAtMs - 10);
    await ended(visibility.release([lease], 0));
    expect(calls).toEqual([]);
  });

  it('says at once that its messages may be visible to others from then on', async () => {
    const { visibility, take, ended } = settledQueue();
    const lease = take('a');
    lease.state = 'releasing';
    await ended(visibility.release([lease], 5));
    // Asked for after it had waited for company.
    expect(lease.expiresAtMs).toBeGreaterThanOrEqual(5000);
    expect(lease.expiresAtMs).toBeLessThan(5100);
  });

  it('never says that a lease lasts longer than it did', async () => {
    const { visibility, take, ended } = settledQueue();
    const lease = take('a');
    const { expiresAtMs } = lease;
    lease.state = 'releasing';
    await ended(visibility.release([lease], 3600));
    expect(lease.expiresAtMs).toBe(expiresAtMs);
  });

  it('of a group is asked for again as a whole when one of it was refused', async () => {
    const { visibility, take, ended, calls } = settledQueue(inTurn(refusing('Busy', 'b')));
    const leases = ['a', 'b'].map((id) => take(id));
    for (const lease of leases) lease.state = 'releasing';
    await ended(visibility.release(leases, 1));
    expect(calls).toEqual([
      ['change', 'a 1', 'b 1'],
      ['change', 'a 1', 'b 1'],
    ]);
  });

  it('of a group is asked for as a whole while the lease of any of its messages goes on', async () => {
    const { visibility, take, ended, calls, clock } = settledQueue();
    const late = take('late');
    await clock.advance(VISIBILITY_MS - 1000);
    const leases = [late, take('a')];
    for (const lease of leases) lease.state = 'releasing';
    await ended(visibility.release(leases, 0));
    expect(calls).toEqual([['change', 'late 1', 'a 1']]);
  });

  it('of one group is not repeated because one of another group was refused', async () => {
    const { visibility, take, ended, calls } = settledQueue(inTurn(refusing('Busy', 'b')));
    const [a, b] = [take('a'), take('b')];
    for (const lease of [a, b]) lease.state = 'releasing';
    await ended(Promise.all([visibility.release([a], 0), visibility.release([b], 0)]));
    expect(calls).toEqual([
      ['change', 'a 0', 'b 0'],
      ['change', 'b 0'],
    ]);
  });

  it('that is refused leaves the lease as it was, for those that were refused', async () => {
    const { visibility, take, calls, clock } = settledQueue({
      answer: (_call, handles) => Promise.resolve(refusing('Busy', 'b')(handles)),
    });
    const [a, b] = [take('a'), take('b')];
    for (const lease of [a, b]) lease.state = 'releasing';
    const { expiresAtMs } = b;
    void visibility.release([a, b], 0);
    for (let n = 0; calls.length === 0 && n < 20; n += 1) await clock.advance(1);
    expect(b.expiresAtMs).toBe(expiresAtMs);
    expect(a.expiresAtMs).toBeLessThan(1100);
  });

  it('that SQS takes once and then refuses does not count as ours beyond the time that was taken', async () => {
    const { visibility, take, calls, clock } = settledQueue(
      inTurn(
        refusing('Busy', 'b'),
        ...Array.from({ length: 20 }, () => refusing('Busy', 'a', 'b')),
      ),
    );
    const [a, b] = [take('a'), take('b')];
    for (const lease of [a, b]) lease.state = 'releasing';
    const { expiresAtMs } = b;
    void visibility.release([a, b], 0);
    for (let n = 0; calls.length < 3 && n < 1000; n += 1) await clock.advance(1);
    expect({ calls: calls.length, a: a.expiresAtMs < 1100, b: b.expiresAtMs }).toEqual({
      calls: 3,
      a: true,
      b: expiresAtMs,
    });
  });

  it('of a group keeps it invisible for longer where calls are slow, so that a refusal can be put right in time', async () => {
    const slow = settledQueue({
      answer: async (_call, handles) => {
        if (slow.calls.length < 3) await slow.clock.advance(600);
        return slow.calls.length === 1 ? refusing('Busy', 'b')(handles) : taken(handles);
      },
    });
    const leases = ['a', 'b'].map((id) => slow.take(id));
    for (const lease of leases) lease.state = 'releasing';
    const seconds = await slow.ended(slow.visibility.release(leases, 0));
    expect(slow.calls).toEqual([
      ['change', 'a 1', 'b 1'],
      ['change', 'a 4', 'b 4'],
    ]);
    expect({ seconds, next: slow.visibility.groupDelayS }).toEqual({ seconds: 4, next: 4 });
  });

  it('tells the most seconds that any of its calls asked for, also when later ones are faster', async () => {
    const faster = settledQueue({
      answer: async (_call, handles) => {
        // Four calls of 306 ms, each with its pause, are three seconds; later on they count for less.
        if (faster.calls.length === 1) await faster.clock.advance(306);
        return taken(handles);
      },
    });
    const [first, ...leases] = Array.from({ length: 13 }, (_, n) => faster.take(`m${n}`));
    if (first) await faster.ended(faster.visibility.renew([first], 30));
    for (const lease of leases) lease.state = 'releasing';
    expect(await faster.ended(faster.visibility.release(leases, 0))).toBe(3);
    expect(faster.calls.map(([, change]) => change)).toEqual(['m0 30', 'm1 3', 'm11 2']);
  });

  it('is tried 100 times, at most a fifth of a second apart', async () => {
    const times: number[] = [];
    const failing = settledQueue({
      answer: () => {
        times.push(failing.clock.monotonicMs());
        return Promise.reject(cutOff());
      },
    });
    const lease = failing.take('a');
    lease.state = 'releasing';
    await failing.ended(failing.visibility.release([lease], 0));
    expect(times).toHaveLength(100);
    const pauses = times.slice(1).map((ms, index) => ms - (times[index] ?? 0));
    expect(Math.max(...pauses)).toBeLessThanOrEqual(220);
    expect(Math.max(...pauses)).toBeGreaterThan(60);
  });

  it('is asked for no more once one of its messages was received again', async () => {
    const again = settledQueue({
      answer: () => {
        again.take('b', 2);
        return Promise.reject(cutOff());
      },
    });
    const leases = ['a', 'b'].map((id) => again.take(id));
    for (const lease of leases) lease.state = 'releasing';
    await again.ended(again.visibility.release(leases, 0));
    expect(again.calls).toHaveLength(1);
  });

  it('does not touch a lease that is worked on again when its refusal comes', async () => {
    const taking = settledQueue({
      answer: (_call, handles) => {
        leases[0]?.reclaim('held');
        return Promise.resolve(refusing('Busy', 'a', 'b')(handles));
      },
    });
    const leases = ['a', 'b'].map((id) => taking.take(id));
    for (const lease of leases) lease.state = 'releasing';
    const expiry = leases[0]?.expiresAtMs;
    await taking.ended(taking.visibility.release(leases, 0));
    expect(leases[0]?.expiresAtMs).toBeLessThan(1100);
    expect(leases[1]?.expiresAtMs).toBe(expiry);
  });

  it('is not held up by renewals that stall', async () => {
    const { visibility, take, ended, clock, calls } = settledQueue({
      answer: ([, ...changes], handles) =>
        changes[0]?.endsWith(' 30')
          ? new Promise(() => undefined)
          : Promise.resolve(taken(handles)),
    });
    for (let n = 0; n < 200; n += 1) void visibility.renew([take(`m${n}`)], 30);
    await clock.advance(50);
    const lease = take('a');
    lease.state = 'releasing';
    await ended(visibility.release([lease], 0));
    expect(calls.at(-1)).toEqual(['change', 'a 0']);
  });
});

describe('a renewal', () => {
  it.each([
    ['ReceiptHandleIsInvalid', 'gone'],
    ['AWS.SimpleQueueService.MessageNotInflight', 'gone'],
    ['InvalidParameterValue', 'gone'],
    ['InternalError', 'failed'],
    ['MessageNotInflightAnymore', 'failed'],
  ] as const)('that is refused with %s counts as %s', async (code, outcome) => {
    const { visibility, take, ended } = settledQueue({
      answer: (_call, handles) => Promise.resolve(handles.map(() => refusedAs(code))),
    });
    expect(await ended(visibility.renew([take('a')], 30))).toEqual([outcome]);
  });

  it.each([
    ['names no code', new Error('no')],
    ['names a code that is no text', Object.assign(refusal('x'), { details: { code: 7 } })],
  ])('whose refusal %s counts as failed, and others do not', async (_what, error) => {
    const { visibility, take, ended } = settledQueue({
      answer: (_call, handles) =>
        Promise.resolve(
          handles.map((handle) =>
            handle === 'a' ? { ok: true } : { ok: false, retryable: false, error },
          ),
        ),
    });
    expect(await ended(visibility.renew([take('a'), take('b')], 30))).toEqual([
      'changed',
      'failed',
    ]);
  });

  it('tells of each message by its position', async () => {
    const { visibility, take, ended } = settledQueue(
      inTurn(refusing('MessageNotInflight', 'b', 'd')),
    );
    const both = Promise.all([
      visibility.renew([take('a'), take('b')], 30),
      visibility.renew([take('c'), take('d'), take('e')], 30),
    ]);
    expect(await ended(both)).toEqual([
      ['changed', 'gone'],
      ['changed', 'gone', 'changed'],
    ]);
  });

  it('shares a call with others, for at most ten messages a call', async () => {
    const { visibility, take, ended, calls } = settledQueue();
    const units = Array.from({ length: 4 }, (_, n) => [0, 1, 2].map((m) => take(`${n}${m}`)));
    await ended(Promise.all(units.map((unit) => visibility.renew(unit, 30))));
    expect(calls.map((call) => call.length - 1)).toEqual([9, 3]);
  });

  it('is tried three times where the call itself fails, and then left to the next beat', async () => {
    const { visibility, take, ended, calls, told } = settledQueue({
      answer: () => Promise.reject(cutOff()),
    });
    expect(await ended(visibility.renew([take('a')], 30))).toEqual(['failed']);
    expect(calls).toHaveLength(3);
    expect(told).toEqual(['A call fails and is retried']);
  });

  it('is not tried again where the call is refused as a whole', async () => {
    const { visibility, take, ended, calls } = settledQueue({
      answer: () => Promise.reject(refusal('AccessDenied')),
    });
    expect(await ended(visibility.renew([take('a')], 30))).toEqual(['failed']);
    expect(calls).toHaveLength(1);
  });

  it('that fails after an answer to an earlier try is not taken for that answer', async () => {
    let tries = 0;
    const { visibility, take, ended } = settledQueue({
      answer: (_call, handles) => {
        tries += 1;
        if (tries > 1) return Promise.reject(refusal('AccessDenied'));
        return Promise.resolve(refusing('Busy', 'b')(handles));
      },
    });
    expect(await ended(visibility.renew([take('a'), take('b')], 30))).toEqual(['failed', 'failed']);
  });

  it('works again after an outage, and the log says so', async () => {
    let fails = 2;
    const { visibility, take, ended, told } = settledQueue({
      answer: (_call, handles) => {
        fails -= 1;
        return fails >= 0 ? Promise.reject(cutOff()) : Promise.resolve(taken(handles));
      },
    });
    expect(await ended(visibility.renew([take('a')], 30))).toEqual(['changed']);
    expect(told).toEqual(['A call fails and is retried', 'A call works again']);
  });

  it('keeps eight calls open at most', async () => {
    const { visibility, take, clock, calls } = settledQueue({
      answer: () => new Promise(() => undefined),
    });
    for (let n = 0; n < 100; n += 1) void visibility.renew([take(`m${n}`)], 30);
    await clock.advance(50);
    expect(calls).toHaveLength(8);
  });
});

describe('a queue that closes', () => {
  it('waits until every change of visibility was answered', async () => {
    const answers: (() => void)[] = [];
    const { visibility, take, clock } = settledQueue({
      answer: (_call, handles) =>
        new Promise((resolve) => answers.push(() => resolve(taken(handles)))),
    });
    void visibility.renew([take('a')], VISIBILITY_MS / 1000);
    const released = take('b');
    released.state = 'releasing';
    void visibility.release([released], 0);
    let flushed = 'open';
    void visibility.flush().then(() => (flushed = 'flushed'));
    await clock.advance(0);
    expect(answers).toHaveLength(2);
    answers[0]?.();
    await clock.advance(0);
    expect(flushed).toBe('open');
    answers[1]?.();
    await clock.advance(0);
    expect(flushed).toBe('flushed');
  });
});
