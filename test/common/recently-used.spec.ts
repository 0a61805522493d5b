import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { RecentlyUsed } from '../../src/common/recently-used.js';

describe('RecentlyUsed', () => {
  it('keeps at least half of its limit of those used last, and never more than the limit', () => {
    const limit = 6;
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 100 }), (uses) => {
        const kept = new RecentlyUsed<number>(limit);
        const last: number[] = [];
        for (const use of uses) {
          const found = kept.get(String(use));
          const isOfLast = last.slice(0, limit / 2).includes(use);
          expect({ lostAmongLast: isOfLast && found === undefined }).toEqual({
            lostAmongLast: false,
          });
          if (found === undefined) kept.set(String(use), use);
          last.splice(0, last.length, use, ...last.filter((one) => one !== use));
        }
        const held = last.filter((one) => kept.get(String(one)) !== undefined);
        expect(held.length).toBeLessThanOrEqual(limit);
      }),
    );
  });

  it('holds nothing after it was cleared', () => {
    const kept = new RecentlyUsed<number>(2);
    kept.set('a', 1);
    kept.set('b', 2);

    kept.clear();

    expect([kept.get('a'), kept.get('b')]).toEqual([undefined, undefined]);
  });
});
