import { describe, expect, it } from '@jest/globals';
import { fitsFilterPolicy } from '../../../src/transport/broker/memory/topics/filter-policy.js';

const text = (value: string) => ({ DataType: 'String', StringValue: value });

const order = {
  body: JSON.stringify({
    customer: { name: 'Ada', tags: ['vip', 'eu'] },
    amount: 12.5,
    paid: true,
  }),
  attributes: {
    pattern: text('order.placed'),
    weight: { DataType: 'Number', StringValue: '2.50' },
    tags: { DataType: 'String.Array', StringValue: '["a",1,null]' },
    seal: { DataType: 'Binary', BinaryValue: new Uint8Array([1]) },
  },
};

const POLICIES: readonly (readonly [policy: object, scope: string | undefined, verdict: string])[] =
  [
    [{}, undefined, 'let through'],
    [{ pattern: ['order.placed'] }, undefined, 'let through'],
    [{ pattern: ['order.sent', { prefix: 'order.' }] }, undefined, 'let through'],
    [{ pattern: [{ suffix: '.placed' }], weight: [2.5] }, undefined, 'let through'],
    [{ pattern: ['order.placed'], weight: [3] }, undefined, 'held back'],
    [{ pattern: [{ 'anything-but': ['order.placed'] }] }, undefined, 'held back'],
    [{ pattern: [{ 'anything-but': { prefix: 'invoice.' } }] }, undefined, 'let through'],
    [{ pattern: [{ 'equals-ignore-case': 'ORDER.PLACED' }] }, undefined, 'let through'],
    [{ pattern: [{ wildcard: 'order.*ed' }] }, undefined, 'let through'],
    [{ pattern: [{ wildcard: 'order*.sent' }] }, undefined, 'held back'],
    [{ pattern: [{ wildcard: 'order?placed' }] }, undefined, 'held back'],
    [{ weight: [{ numeric: ['>', 2, '<=', 2.5] }] }, undefined, 'let through'],
    [{ weight: [{ numeric: ['<', 2.5] }] }, undefined, 'held back'],
    [{ pattern: [{ numeric: ['>', 0] }] }, undefined, 'held back'],
    [{ weight: ['2.50'] }, undefined, 'held back'],
    [{ tags: [1] }, undefined, 'let through'],
    [{ tags: ['b'] }, undefined, 'held back'],
    [{ tenant: [{ exists: false }], weight: [{ exists: true }] }, undefined, 'let through'],
    [{ tenant: [{ 'anything-but': ['x'] }] }, undefined, 'held back'],
    [{ seal: [{ exists: true }] }, undefined, 'held back'],
    [{ $or: [{ weight: [9] }, { pattern: ['order.placed'] }] }, undefined, 'let through'],
    [{ customer: { name: ['Ada'] } }, undefined, 'held back'],
    [{ customer: { name: ['Ada'] } }, 'MessageBody', 'let through'],
    [{ customer: { tags: ['eu'] }, paid: [true] }, 'MessageBody', 'let through'],
    [{ customer: { name: ['Grace'] } }, 'MessageBody', 'held back'],
    [{ customer: ['Ada'] }, 'MessageBody', 'held back'],
    [{ constructor: [{ exists: true }] }, 'MessageBody', 'held back'],
  ];

describe('a filter policy of the broker in memory', () => {
  it.each(POLICIES)('%j (%s): a message is %s', (policy, scope, verdict) => {
    expect(fitsFilterPolicy(policy, order, scope) ? 'let through' : 'held back').toBe(verdict);
  });

  it('of bodies holds back what is no JSON', () => {
    const fits = fitsFilterPolicy({ a: [1] }, { body: 'a=1', attributes: {} }, 'MessageBody');
    expect(fits ? 'let through' : 'held back').toBe('held back');
  });
});
