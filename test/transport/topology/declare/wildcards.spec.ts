import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { fitsWildcards } from '../../../../src/transport/topology/declare/wildcards.js';

/** The same by a regular expression, for patterns short enough for one. */
const byRegularExpression = (pattern: string, text: string): boolean =>
  new RegExp(`^${pattern.replaceAll('?', '.').replaceAll('*', '.*')}$`).test(text);

const letters = (alphabet: readonly string[], maxLength: number) =>
  fc.array(fc.constantFrom(...alphabet), { maxLength }).map((parts) => parts.join(''));

describe('wildcards of a policy', () => {
  it('fit what a regular expression of the same meaning fits', () => {
    fc.assert(
      fc.property(letters(['a', 'b', '*', '?'], 8), letters(['a', 'b'], 10), (pattern, text) => {
        expect(fitsWildcards(pattern, text)).toBe(byRegularExpression(pattern, text));
      }),
      { numRuns: 2000 },
    );
  });

  it('of many stars refuse a long text that does not fit without trying every way', () => {
    const pattern = `${'*a'.repeat(40)}b`;
    let looks = 0;
    const text = new Proxy(new String('a'.repeat(2000)), {
      get(target, key) {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
        return Reflect.get(target, key, target);
      },
    }) as unknown as string;
    expect({ fits: fitsWildcards(pattern, text) }).toEqual({ fits: false });
    expect(looks).toBeLessThan(pattern.length * 2000);
  });
});
