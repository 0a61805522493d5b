import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { coveredBy, covers } from '../../../../src/transport/topology/declare/pattern.js';

const name = fc.string().filter((text) => !text.endsWith('*'));

describe('a pattern', () => {
  it('without a trailing * covers itself and nothing else', () => {
    fc.assert(
      fc.property(name, fc.string(), (declared, other) => {
        expect({ covered: covers(declared, declared) }).toEqual({ covered: true });
        expect({ covered: covers(declared, other) }).toEqual({ covered: declared === other });
      }),
    );
  });

  it('with a trailing * covers whatever starts with the rest', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (start, rest) => {
        expect({ covered: covers(`${start}*`, `${start}${rest}`) }).toEqual({ covered: true });
        expect({ covered: covers(`${start}x*`, start) }).toEqual({ covered: false });
      }),
    );
  });

  it.each([
    ['order.*', 'order.placed', true],
    ['order.*', 'order.', true],
    ['order.*', 'order', false],
    ['order.*', 'orders.placed', false],
    ['*', 'anything', true],
    ['order.*.paid', 'order.1.paid', false],
    ['order.placed', 'order.*', false],
    ['order.+', 'order.x', false],
  ])('%s over %s: %s', (declared, pattern, covered) => {
    expect(covers(declared, pattern)).toBe(covered);
  });

  it('is covered when any of several covers it', () => {
    const covered = ['b', 'a.x', 'c'].filter((one) => coveredBy(['a.*', 'b'], one));
    expect(covered).toEqual(['b', 'a.x']);
    expect(['c'].filter((one) => coveredBy([], one))).toEqual([]);
  });
});
