import { describe, expect, it } from '@jest/globals';
import { array, assert, integer, property } from 'fast-check';
import { median, ratio, slope, spread } from '../../bench/statistics.js';

describe('statistics of rounds', () => {
  it('the median is the one in the middle, or the mean of the two', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([9, 1, 5, 6])).toBe(5.5);
  });

  it('the median lies between the lowest and the highest, whatever the order', () => {
    assert(
      property(array(integer(), { minLength: 1 }), (values) => {
        const middle = median(values);
        expect(middle).toBeGreaterThanOrEqual(Math.min(...values));
        expect(middle).toBeLessThanOrEqual(Math.max(...values));
        expect(median(values.toReversed())).toBe(middle);
      }),
    );
  });

  it('a spread names the median and what it lies between', () => {
    expect(spread([12.34, 11.8, 1400], 1)).toBe('12.3 (11.8–1,400.0)');
  });

  it('a ratio is to the base', () => {
    expect(ratio(32, 64)).toBe('0.50×');
  });

  it('the slope is that of the line through the values', () => {
    assert(
      property(integer({ min: -99, max: 99 }), integer({ min: 2, max: 50 }), (step, count) => {
        const line = Array.from({ length: count }, (_, at) => 7 + step * at);
        expect(slope(line)).toBeCloseTo(step);
      }),
    );
    expect(slope([5, 6, 5, 4, 5])).toBeCloseTo(-0.2);
  });
});
