import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { logicalId } from '../../../../src/transport/topology/export/logical-id.js';

// Short, and of the characters that ids give a meaning, so that any two that share an id are met.
const name = fc.stringMatching(/^[aAzZd_-]{1,3}(\.fifo)?$/);

describe('the id of a resource', () => {
  it('is read easily where a name is of words and dashes', () => {
    expect(logicalId('Queue', 'orders-to-bill')).toBe('QueueOrdersToBill');
    expect(logicalId('Queue', 'orders')).toBe('QueueOrders');
  });

  it('has letters and digits alone, and 255 of them at most', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\w-]{1,256}(\.fifo)?$/), name, (one, other) => {
        expect(logicalId('Subscription', one, other)).toMatch(/^[A-Za-z0-9]{1,255}$/);
      }),
    );
  });

  it('is shared by no two names', () => {
    fc.assert(
      fc.property(fc.uniqueArray(name, { minLength: 2, maxLength: 50 }), (names) => {
        expect(new Set(names.map((one) => logicalId('Queue', one))).size).toBe(names.length);
      }),
    );
  });

  it.each([
    ['a-b', 'aB'],
    ['a-b', 'a_b'],
    ['a1', 'a-1'],
    ['a.fifo', 'a-fifo'],
    [`${'a'.repeat(300)}b`, `${'a'.repeat(300)}c`],
  ])('differs for %s and %s', (one, other) => {
    expect(logicalId('Topic', one)).not.toBe(logicalId('Topic', other));
  });

  it('shows where one name of a pair ends', () => {
    expect(logicalId('Subscription', 'a', 'b-c')).not.toBe(logicalId('Subscription', 'a-b', 'c'));
  });
});
