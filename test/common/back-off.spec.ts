import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { doubledWith, withJitter } from '../../src/common/back-off.js';

describe('a pause between attempts', () => {
  it('doubles with each attempt after the first one, up to its cap', () => {
    expect([1, 2, 3, 4, 5].map((attempt) => doubledWith(attempt, 200, 1000))).toEqual([
      200, 400, 800, 1000, 1000,
    ]);
  });

  it('has no cap where none is given', () => {
    expect(doubledWith(11, 1)).toBe(1024);
  });

  it('is shortened at random by a half of it at most', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1_000_000 }), (pause) => {
        const jittered = withJitter(pause);
        expect(jittered).toBeGreaterThanOrEqual(pause / 2);
        expect(jittered).toBeLessThanOrEqual(pause);
      }),
    );
  });
});
