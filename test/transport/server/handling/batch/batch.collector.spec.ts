import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { BatchCollector } from '../../../../../src/transport/server/handling/batch/batch.collector.js';
import { FakeClock } from '../../../../../src/testing/index.js';

function collector(maxItems: number, lingerMs = 100) {
  const clock = new FakeClock();
  const batches: (readonly (readonly number[])[])[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const gathered = new BatchCollector<number>({
    maxItems,
    lingerMs,
    clock,
    run: (runs) => {
      batches.push(runs);
      return ended;
    },
  });
  return { clock, gathered, batches, end };
}

describe('a batch', () => {
  it('is handled at once when it is full', () => {
    const { gathered, batches } = collector(3);
    for (const n of [1, 2, 3, 4]) void gathered.add([n]);
    expect(batches).toEqual([[[1], [2], [3]]]);
  });

  it('is handled when its first item has waited long enough, on one timer', async () => {
    const { clock, gathered, batches } = collector(10, 100);
    void gathered.add([1]);
    await clock.advance(99);
    void gathered.add([2]);
    expect({ batches, timers: clock.timers }).toEqual({ batches: [], timers: 1 });
    await clock.advance(1);
    expect({ batches, timers: clock.timers }).toEqual({ batches: [[[1], [2]]], timers: 0 });
  });

  it('is handled before a run that does not fit, which is never divided', () => {
    const { gathered, batches } = collector(3);
    void gathered.add([1, 2]);
    void gathered.add([3, 4]);
    expect(batches).toEqual([[[1, 2]]]);
  });

  it('settles the items that were in it, and no others', async () => {
    const { clock, gathered, end } = collector(2);
    const told: string[] = [];
    const tell = (who: string) => () => void told.push(who);
    void gathered.add([1]).then(tell('first'));
    void gathered.add([2]).then(tell('second'));
    void gathered.add([3]).then(tell('third'));
    end();
    await clock.advance(0);
    expect(told).toEqual(['first', 'second']);
  });

  it('waits for nothing once it is drained', () => {
    const { clock, gathered, batches } = collector(10);
    void gathered.add([1]);
    gathered.drain();
    void gathered.add([2]);
    expect({ batches, timers: clock.timers }).toEqual({
      batches: [[[1]], [[2]]],
      timers: 0,
    });
  });
});

it('every item is in one batch, in order, and no batch is too large, whatever comes when', async () => {
  const runs = fc.array(fc.tuple(fc.integer({ min: 1, max: 5 }), fc.nat(150)), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(runs, fc.integer({ min: 5, max: 9 }), async (added, maxItems) => {
      const { clock, gathered, batches } = collector(maxItems, 100);
      let n = 0;
      for (const [size, passMs] of added) {
        void gathered.add(Array.from({ length: size }, () => (n += 1)));
        await clock.advance(passMs);
      }
      gathered.drain();
      expect(batches.flat(2)).toEqual(Array.from({ length: n }, (_, index) => index + 1));
      expect(batches.filter((batch) => batch.flat().length > maxItems)).toEqual([]);
    }),
  );
});
