import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import * as fc from 'fast-check';
import {
  EntryBatcher,
  type EntryBatcherOptions,
  type EntryOutcome,
} from '../../../src/transport/call-batching/entry-batcher.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

const OK: EntryOutcome = { ok: true };
const failed = (retryable: boolean): EntryOutcome => ({
  ok: false,
  retryable,
  error: new Error(retryable ? 'theirs' : 'ours'),
});

const LINGER_MS = 50;

function batcher<E>(
  send: EntryBatcherOptions<E>['send'],
  options: Partial<EntryBatcherOptions<E>> = {},
): EntryBatcher<E> {
  return new EntryBatcher<E>({
    send,
    retryable: () => true,
    maxEntries: 10,
    lingerMs: LINGER_MS,
    eager: false,
    maxCalls: 4,
    maxAttempts: 3,
    retryBaseMs: 100,
    ...options,
  });
}

/** A batcher whose calls the test answers by hand. */
function byHand<E>(options: Partial<EntryBatcherOptions<E>> = {}) {
  const calls: { entries: readonly E[]; answer: (outcomes: EntryOutcome[]) => void }[] = [];
  const send = (entries: readonly E[]): Promise<readonly EntryOutcome[]> =>
    new Promise((answer) => calls.push({ entries, answer }));
  return { calls, batches: batcher(send, options), sent: () => calls.map((call) => call.entries) };
}

const allOk = (entries: readonly unknown[]): EntryOutcome[] => entries.map(() => OK);
const outcomeOf = (added: Promise<void>): Promise<unknown> =>
  added.catch((error: unknown) => error);
const numbers = (count: number): number[] => Array.from({ length: count }, (_, n) => n);

describe('a batch', () => {
  it('leaves at once when it is full', () => {
    const { batches, sent } = byHand<number>();
    for (const n of numbers(23)) void batches.add(n);
    expect(sent().map(({ length }) => length)).toEqual([10, 10]);
  });

  it('leaves after the linger when it is not full', async () => {
    const { batches, sent } = byHand<number>();
    for (const n of numbers(3)) void batches.add(n);
    await jest.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(sent()).toEqual([]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual([[0, 1, 2]]);
  });

  it('leaves with its own tick, without linger, when it is eager and no call is in flight', async () => {
    const { batches, sent } = byHand<number>({ eager: true });
    void batches.add(0);
    void batches.add(1);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent()).toEqual([[0, 1]]);
  });

  it('leaves after the linger when it is eager and a call is in flight', async () => {
    const { batches, sent } = byHand<number>({ eager: true });
    void batches.add(0);
    await jest.advanceTimersByTimeAsync(0);
    void batches.add(1);
    await jest.advanceTimersByTimeAsync(LINGER_MS - 1);
    expect(sent()).toEqual([[0]]);
    await jest.advanceTimersByTimeAsync(1);
    expect(sent()).toEqual([[0], [1]]);
  });

  it('leaves at once when it is flushed, and so does all that is added meanwhile', async () => {
    const { batches, calls, sent } = byHand<number>();
    void batches.add(0);
    let flush = 'pending';
    void batches.flush().then(() => (flush = 'ended'));
    void batches.add(1);
    expect(sent()).toEqual([[0], [1]]);
    calls[0]?.answer([OK]);
    await jest.advanceTimersByTimeAsync(0);
    expect(flush).toBe('pending');
    calls[1]?.answer([OK]);
    await jest.advanceTimersByTimeAsync(0);
    expect(flush).toBe('ended');
    expect(batches.unsettled).toBe(0);
  });

  it('leaves at once when a flush has nothing to wait for', async () => {
    await expect(byHand().batches.flush()).resolves.toBeUndefined();
  });

  it('leaves with no more than its entries and bytes allow, in order', async () => {
    const input = fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 60 });
    await fc.assert(
      fc.asyncProperty(input, async (sizes) => {
        const sent: (readonly { n: number; size: number }[])[] = [];
        const batches = batcher<{ n: number; size: number }>(
          (entries) => {
            sent.push(entries);
            return Promise.resolve(allOk(entries));
          },
          { maxBytes: 100 },
        );
        const settled = Promise.all(sizes.map((size, n) => batches.add({ n, size }, size)));
        await jest.advanceTimersByTimeAsync(sizes.length * LINGER_MS + LINGER_MS);
        await settled;
        for (const batch of sent) {
          expect(batch.length).toBeLessThanOrEqual(10);
          const bytes = batch.reduce((sum, { size }) => sum + size, 0);
          expect(bytes).toBeLessThanOrEqual(batch.length > 1 ? 100 : 120);
        }
        expect(sent.flat().map(({ n }) => n)).toEqual(sizes.map((_, n) => n));
      }),
    );
  });
});

describe('a batcher that is stopped', () => {
  const closed = new Error('closed');

  it('fails what waits and what is added later, and makes no call', async () => {
    const { batches, sent } = byHand<number>();
    const waiting = outcomeOf(batches.add(0));
    batches.stop(closed);
    expect(await waiting).toBe(closed);
    expect(await outcomeOf(batches.add(1))).toBe(closed);
    await jest.advanceTimersByTimeAsync(LINGER_MS);
    expect(sent()).toEqual([]);
    expect(batches.unsettled).toBe(0);
  });

  it('settles each entry of a call in flight by its outcome, and repeats none', async () => {
    const { batches, calls, sent } = byHand<number>({ eager: true });
    const outcomes = [batches.add(0), batches.add(1)].map(outcomeOf);
    await jest.advanceTimersByTimeAsync(0);
    batches.stop(closed);
    calls[0]?.answer([OK, failed(true)]);
    expect(await Promise.all(outcomes)).toEqual([undefined, new Error('theirs')]);
    await jest.runAllTimersAsync();
    expect(sent()).toEqual([[0, 1]]);
  });

  it('fails what pauses before it is repeated, with one call at a time as well', async () => {
    for (const maxCalls of [1, 4]) {
      const { batches, calls, sent } = byHand<number>({ eager: true, maxCalls });
      const outcome = outcomeOf(batches.add(0));
      await jest.advanceTimersByTimeAsync(0);
      calls[0]?.answer([failed(true)]);
      await jest.advanceTimersByTimeAsync(0);
      batches.stop(closed);
      await jest.runAllTimersAsync();
      expect(await outcome).toBe(closed);
      expect(sent()).toEqual([[0]]);
    }
  });
});

describe('the entries of a batch', () => {
  it('are settled each by its own outcomes, after as many tries as they ask for, with at most maxCalls calls at once', async () => {
    // For each entry, what becomes of its tries; what goes on after the last is success.
    const fates = fc.array(fc.array(fc.constantFrom('again', 'never'), { maxLength: 4 }), {
      maxLength: 40,
    });
    await fc.assert(
      fc.asyncProperty(
        fates,
        fc.boolean(),
        fc.integer({ min: 1, max: 3 }),
        async (plans, eager, maxCalls) => {
          const tries = plans.map(() => 0);
          let open = 0;
          let most = 0;
          const batches = batcher<number>(
            async (entries) => {
              open += 1;
              most = Math.max(most, open);
              await new Promise((resolve) => setTimeout(resolve, 7));
              open -= 1;
              return entries.map((n) => {
                const fate = plans[n]?.[tries[n] ?? 0];
                tries[n] = (tries[n] ?? 0) + 1;
                return fate === undefined ? OK : failed(fate === 'again');
              });
            },
            { eager, maxCalls },
          );
          const settled = Promise.allSettled(plans.map((_, n) => batches.add(n)));
          await jest.advanceTimersByTimeAsync(20_000);
          const results = (await settled).map(({ status }) => status);
          expect(most).toBeLessThanOrEqual(maxCalls);
          plans.forEach((plan, n) => {
            const never = plan.indexOf('never') + 1 || Infinity;
            const needed = Math.min(never, plan.length + 1);
            expect(tries[n]).toBe(Math.min(3, needed));
            expect(results[n]).toBe(needed > 3 || never <= 3 ? 'rejected' : 'fulfilled');
          });
          expect(batches.unsettled).toBe(0);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are tried again after an error of the whole call that may pass, and fail by it in the end', async () => {
    const errors = [new Error('reset'), new Error('reset')];
    let calls = 0;
    const batches = batcher<number>((entries) => {
      const error = errors[calls];
      calls += 1;
      return error ? Promise.reject(error) : Promise.resolve(allOk(entries));
    });
    const settled = Promise.all([batches.add(1), batches.add(2)]);
    await jest.advanceTimersByTimeAsync(1000);
    await settled;
    expect(calls).toBe(3);
  });

  it('fail at once by an error of the whole call after which trying again is no use', async () => {
    const denied = new Error('denied');
    const batches = batcher<number>(() => Promise.reject(denied), { retryable: () => false });
    const settled = Promise.allSettled([batches.add(1), batches.add(2)]);
    await batches.flush();
    expect((await settled).map((result) => result.status === 'rejected' && result.reason)).toEqual([
      denied,
      denied,
    ]);
  });

  it('fail when the call says nothing about them', async () => {
    const batches = batcher<number>(() => Promise.resolve([OK]));
    const settled = Promise.allSettled([batches.add(1), batches.add(2)]);
    await batches.flush();
    expect((await settled).map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  });

  it('that are tried again are waited for by a flush as well', async () => {
    let calls = 0;
    const batches = batcher<number>((entries) => {
      calls += 1;
      return Promise.resolve(calls === 1 ? entries.map(() => failed(true)) : allOk(entries));
    });
    void batches.add(1);
    let flush = 'pending';
    void batches.flush().then(() => (flush = 'ended'));
    await jest.advanceTimersByTimeAsync(0);
    expect(calls).toBe(1);
    await jest.advanceTimersByTimeAsync(100);
    expect({ calls, flush }).toEqual({ calls: 2, flush: 'ended' });
  });

  it('leave no timer behind', async () => {
    const batches = batcher<number>((entries) => Promise.resolve(allOk(entries)), { eager: true });
    const settled = Promise.all(numbers(25).map((n) => batches.add(n)));
    await batches.flush();
    await settled;
    await jest.advanceTimersByTimeAsync(LINGER_MS);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('an ordered batcher', () => {
  it('lets no later entry overtake one that is tried again', async () => {
    const fates = fc.array(fc.boolean(), { minLength: 1, maxLength: 30 });
    await fc.assert(
      fc.asyncProperty(fates, async (calls) => {
        // Whole calls succeed or fail, so that the order of arrival can be told.
        const arrived: number[] = [];
        let call = 0;
        const batches = batcher<number>(
          (entries) => {
            const ok = calls[call] ?? true;
            call += 1;
            if (ok) arrived.push(...entries);
            return Promise.resolve(entries.map(() => (ok ? OK : failed(true))));
          },
          { maxCalls: 1, eager: true, maxAttempts: 100, retryBaseMs: 5 },
        );
        const settled = (async () => {
          const all: Promise<void>[] = [];
          for (const n of numbers(35)) {
            all.push(batches.add(n));
            if (n % 4 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
          }
          await Promise.all(all);
        })();
        await jest.runAllTimersAsync();
        await settled;
        expect(arrived).toEqual(numbers(35));
      }),
      { numRuns: 40 },
    );
  });

  it('sends what failed of a batch before anything that came later', async () => {
    const { batches, calls, sent } = byHand<string>({ maxCalls: 1, eager: true });
    for (const entry of ['a', 'b', 'c']) void batches.add(entry);
    await jest.advanceTimersByTimeAsync(0);
    void batches.add('d');
    calls[0]?.answer([OK, failed(true), failed(true)]);
    await jest.advanceTimersByTimeAsync(0);
    expect(sent()).toEqual([['a', 'b', 'c']]);
    await jest.advanceTimersByTimeAsync(100);
    expect(sent()).toEqual([
      ['a', 'b', 'c'],
      ['b', 'c', 'd'],
    ]);
  });
});

interface Entry {
  readonly n: number;
  readonly group: string;
  /** What becomes of its attempts, one after another; then it is taken. */
  readonly fates: readonly ('again' | 'refused')[];
}

const entry = (n: number, group: string): Entry => ({ n, group, fates: [] });

describe('entries of groups', () => {
  const options = { maxCalls: 1, eager: true, groupOf: ({ group }: Entry) => group };

  it('never share a call, so that none can be taken though an earlier one failed', async () => {
    const { batches, calls, sent } = byHand<Entry>(options);
    const [a1, a2, b1, a3] = [entry(1, 'a'), entry(2, 'a'), entry(3, 'b'), entry(4, 'a')];
    const all = [a1, a2, b1, a3].map((one) => batches.add(one));
    for (let call = 0; call < 3; call += 1) {
      await jest.advanceTimersByTimeAsync(LINGER_MS);
      calls[call]?.answer(allOk(calls[call]?.entries ?? []));
    }
    await Promise.all(all);
    expect(sent()).toEqual([[a1, b1], [a2], [a3]]);
  });

  it('stop at the first that finally fails; other groups go on', async () => {
    const { batches, calls, sent } = byHand<Entry>(options);
    const [a1, a2, b1, b2] = [entry(1, 'a'), entry(2, 'a'), entry(3, 'b'), entry(4, 'b')];
    const all = Promise.allSettled([a1, a2, b1, b2].map((one) => batches.add(one)));
    await jest.advanceTimersByTimeAsync(0);
    calls[0]?.answer([failed(false), OK]);
    await jest.advanceTimersByTimeAsync(LINGER_MS);
    calls[1]?.answer([OK]);
    const [first, behind, ...others] = await all;
    expect(sent()).toEqual([[a1, b1], [b2]]);
    expect(first).toMatchObject({ reason: { message: 'ours' } });
    expect(behind).toMatchObject({
      reason: { message: 'An earlier entry of its group failed: ours', retryable: true },
    });
    expect(others.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
  });

  it('are taken in order, and none behind a failure', async () => {
    const entries = fc
      .array(
        fc.record({
          group: fc.constantFrom('a', 'b', 'c'),
          fates: fc.array(fc.constantFrom('again', 'again', 'refused'), { maxLength: 2 }),
        }),
        { minLength: 1, maxLength: 40 },
      )
      .map((all) => all.map((one, n): Entry => ({ ...one, n })));
    await fc.assert(
      fc.asyncProperty(entries, async (added) => {
        const taken: Entry[] = [];
        const tries = new Map<Entry, number>();
        const outcome = (one: Entry): EntryOutcome => {
          const attempt = tries.get(one) ?? 0;
          tries.set(one, attempt + 1);
          const fate = one.fates[attempt];
          if (fate === undefined) taken.push(one);
          return fate === undefined ? OK : failed(fate === 'again');
        };
        const batches = batcher<Entry>((call) => Promise.resolve(call.map(outcome)), options);
        const all = Promise.allSettled(added.map((one) => batches.add(one)));
        await jest.runAllTimersAsync();
        const results = await all;
        for (const group of ['a', 'b', 'c']) {
          const mine = added.filter((one) => one.group === group);
          const stop = mine.findIndex(({ fates }) => fates.includes('refused'));
          const expected = stop === -1 ? mine : mine.slice(0, stop);
          expect(taken.filter((one) => one.group === group)).toEqual(expected);
        }
        expect(added.filter((_one, n) => results[n]?.status === 'fulfilled')).toHaveLength(
          taken.length,
        );
      }),
      { numRuns: 60 },
    );
  });
});
