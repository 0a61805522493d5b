import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { PermanentError, RetryableError } from '../../../../src/transport/errors/index.js';
import {
  askedDelayS,
  backOffS,
  inProgressDelayS,
} from '../../../../src/transport/server/settling/back-off.js';

const receives = fc.integer({ min: 1, max: 5000 });
const random = fc.double({ min: 0, max: 1, noNaN: true });

describe('backOffS', () => {
  it('is a whole number of seconds that SQS takes, at most base·2^(n−1) and at most the cap', () => {
    fc.assert(
      fc.property(
        receives,
        random,
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 100_000 }),
        (n, share, baseS, capS) => {
          const seconds = backOffS(n, { baseS, capS }, share);
          expect(seconds).toBe(Math.trunc(seconds));
          expect(seconds).toBeGreaterThanOrEqual(0);
          expect(seconds).toBeLessThanOrEqual(Math.min(capS, baseS * 2 ** (n - 1), 43_199));
        },
      ),
    );
  });

  it('doubles with each receive, from 1 s up to 300 s unless told otherwise', () => {
    const ceilings = [1, 2, 3, 8, 9, 10, 2000].map((n) => backOffS(n, {}, 1));
    expect(ceilings).toEqual([1, 2, 4, 128, 256, 300, 300]);
  });

  it('spreads over the whole time, so that what failed together does not come back together', () => {
    const waits = new Set([0.01, 0.2, 0.4, 0.6, 0.8, 1].map((share) => backOffS(8, {}, share)));
    expect(waits.size).toBe(6);
    expect(Math.min(...waits)).toBeLessThan(10);
  });
});

describe('inProgressDelayS', () => {
  it('looks soon at first, then when the work must have ended, as SQS allows it', () => {
    expect([1, 2, 3].map((n) => inProgressDelayS(n, 285_000))).toEqual([2, 286, 286]);
    expect([1, 2].map((n) => inProgressDelayS(n, 0))).toEqual([1, 1]);
    expect(inProgressDelayS(2, Number.MAX_SAFE_INTEGER)).toBe(43_199);
  });
});

describe('askedDelayS', () => {
  it.each([
    [0, 0],
    [1, 1],
    [1000, 1],
    [1001, 2],
    [90_000, 90],
    [Number.MAX_SAFE_INTEGER, 43_199],
  ])('an error that asks for %d ms keeps its message invisible for %d s', (delayMs, seconds) => {
    expect(askedDelayS(new RetryableError('later', { delayMs }))).toBe(seconds);
  });

  it.each([
    ['asks for none', new RetryableError('later')],
    ['asks for a time that is over', new RetryableError('later', { delayMs: -1 })],
    ['asks for what is no time', new RetryableError('later', { delayMs: Number.NaN })],
    ['is of another class', Object.assign(new PermanentError('never'), { delayMs: 5000 })],
    ['is nothing', undefined],
  ])('an error that %s leaves its message to the back-off', (_what, error) => {
    expect(askedDelayS(error)).toBeUndefined();
  });
});
