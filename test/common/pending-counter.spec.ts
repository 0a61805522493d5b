import { describe, expect, it } from '@jest/globals';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { array, assert, asyncProperty, nat } from 'fast-check';
import { PendingCounter } from '../../src/common/pending-counter.js';

/** What a promise is once every promise that could has resolved. */
async function stateOf(promise: Promise<void>): Promise<'pending' | 'resolved'> {
  let state: 'pending' | 'resolved' = 'pending';
  void promise.then(() => (state = 'resolved'));
  await nextTurn();
  return state;
}

describe('a counter of what is pending', () => {
  it('resolves at once where nothing is pending', async () => {
    await expect(new PendingCounter().whenNone()).resolves.toBeUndefined();
  });

  it('tells everybody who waits when the last has ended, and nobody before', async () => {
    const counter = new PendingCounter();
    counter.begin(2);
    const waits = [counter.whenNone(), counter.whenNone()];
    counter.end();
    expect(await Promise.all(waits.map(stateOf))).toEqual(['pending', 'pending']);
    expect({ count: counter.count, isAwaited: counter.isAwaited }).toEqual({
      count: 1,
      isAwaited: true,
    });
    counter.end();
    expect(await Promise.all(waits.map(stateOf))).toEqual(['resolved', 'resolved']);
    expect({ count: counter.count, isAwaited: counter.isAwaited }).toEqual({
      count: 0,
      isAwaited: false,
    });
  });

  it('work that fails is no longer pending', async () => {
    const counter = new PendingCounter();
    const failing = counter.run(() => Promise.reject(new Error('no')));
    const none = counter.whenNone();
    await expect(failing).rejects.toThrow('no');
    await expect(none).resolves.toBeUndefined();
  });

  it('waits can be ended though something is pending', async () => {
    const counter = new PendingCounter();
    counter.begin();
    const none = counter.whenNone();
    counter.endWaiting();
    await expect(none).resolves.toBeUndefined();
    expect(counter.count).toBe(1);
  });

  it('the count is that of the work which has begun and not ended', async () => {
    await assert(
      asyncProperty(array(nat(3), { maxLength: 20 }), async (steps) => {
        const counter = new PendingCounter();
        const ends: (() => void)[] = [];
        for (const step of steps) {
          const end = step === 0 ? ends.shift() : undefined;
          if (step === 0) end?.();
          else
            void counter.run(() => {
              const { promise, resolve } = Promise.withResolvers<void>();
              ends.push(resolve);
              return promise;
            });
          await nextTurn();
          expect(counter.count).toBe(ends.length);
        }
      }),
      { numRuns: 30 },
    );
  });
});
