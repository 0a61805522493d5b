import { describe, expect, it } from '@jest/globals';
import { assert, maxSafeNat, property } from 'fast-check';
import {
  integerFault,
  isWholeNumber,
  parseWholeNumber,
  wholeNumberFaults,
  wholeNumberFrom,
} from '../../src/common/whole-numbers.js';

const MAX = Number.MAX_SAFE_INTEGER;

describe('whole numbers', () => {
  it('both ends of a range belong to it', () => {
    expect([0, 1, 5, 10, 11].filter((value) => isWholeNumber(value, 1, 10))).toEqual([1, 5, 10]);
    expect([MAX, MAX + 1].filter((value) => isWholeNumber(value, 0))).toEqual([MAX]);
  });

  it.each([[Number.NaN], [Infinity], [1.5], ['1'], [1n], [Object(1)], [null], [undefined], [[1]]])(
    '%p is none, whatever the range',
    (value) => {
      expect([value].filter((one) => isWholeNumber(one, -MAX, MAX))).toEqual([]);
    },
  );

  it.each([
    ['a sign', '+1'],
    ['a minus', '-1'],
    ['a point', '1.0'],
    ['an exponent', '1e3'],
    ['hexadecimal digits', '0x10'],
    ['white space', ' 1'],
    ['a line break', '1\n'],
    ['digits of another script', '١'],
    ['no digit', ''],
    ['more digits than a safe number has', '00000000000000001'],
    ['a number past the safe ones', '9007199254740993'],
  ])('a text with %s is not read as a whole number', (_what, text) => {
    expect(parseWholeNumber(text, 0)).toBeUndefined();
  });

  it.each([[5], [null], [undefined], [['5']], [{ toString: () => '5' }]])(
    '%p is no text, and is not read as a whole number',
    (value) => {
      expect(parseWholeNumber(value, 0)).toBeUndefined();
    },
  );

  it('every whole number is read back from its text, within the range alone', () => {
    assert(
      property(maxSafeNat(), maxSafeNat(), maxSafeNat(), (value, low, high) => {
        expect(parseWholeNumber(String(value), 0)).toBe(value);
        expect(parseWholeNumber(String(value), low, high) === value).toBe(
          isWholeNumber(value, low, high),
        );
      }),
    );
  });

  it('a fault names the option, its value and the range', () => {
    expect(wholeNumberFaults('concurrency', 0, 1, 10)).toEqual([
      'concurrency is 0, must be a whole number from 1 to 10',
    ]);
    expect(wholeNumberFaults('concurrency', undefined, 1, 10)).toEqual([]);
    expect(wholeNumberFaults('concurrency', 10, 1, 10)).toEqual([]);
    expect(wholeNumberFrom(1, 9, 'days')).toBe('a whole number of days from 1 to 9');
    expect([integerFault(0), integerFault(1, 50)]).toEqual([
      'must be an integer from 0 on',
      'must be an integer from 1 to 50',
    ]);
  });
});
