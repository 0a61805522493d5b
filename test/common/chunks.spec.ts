import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { chunksOf } from '../../src/common/chunks.js';

describe('values in chunks', () => {
  it('come in their order, each once, in full chunks but for the last', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.integer({ min: 1, max: 12 }), (values, size) => {
        const chunks = [...chunksOf(values, size)];
        expect(chunks.flat()).toEqual(values);
        expect(chunks.slice(0, -1).filter(({ length }) => length !== size)).toEqual([]);
        expect(chunks.filter(({ length }) => length === 0 || length > size)).toEqual([]);
      }),
    );
  });

  it('of nothing there are none', () => {
    expect([...chunksOf([], 10)]).toEqual([]);
  });
});
