import { describe, expect, it } from '@jest/globals';
import { patternFault } from '../../../../src/transport/server/handling/pattern.faults.js';

class Money {
  constructor(readonly amount: number) {}
}

describe('a pattern', () => {
  it.each([
    ['a text', 'order.placed'],
    ['a text with a * at its end', 'order.*'],
    ['a single *', '*'],
    ['a text that has + and > inside a part', 'c++.a>b'],
    ['a text in which undefined is a word of its own', 'value.undefined'],
    ['a number', 7],
    ['an object', { cmd: 'sum', v: 2 }],
    ['an object of objects', { cmd: { name: 'sum' }, tags: ['a', true, null] }],
  ])('is accepted when it is %s', (_what, pattern) => {
    expect(patternFault(pattern)).toBeUndefined();
  });

  it.each([
    ['undefined', undefined, /unset variable/],
    ['null', null, /unset variable/],
    ['an empty text', '', /empty/],
    ['a text built from an unset variable', 'undefined.placed', /unset variable/],
    ['such a text with a dash', 'undefined-order', /unset variable/],
    ['what an unset variable itself becomes as a text', 'undefined', /unset variable/],
    ['a * in the middle', 'order.*.placed', /only a \* at the end/],
    ['a wildcard of NATS', 'order.>', /only a \* at the end/],
    ['a wildcard of AMQP', 'order.#', /only a \* at the end/],
    ['a wildcard of MQTT', 'order/+/placed', /only a \* at the end/],
    ['a symbol', Symbol('order'), /holds Symbol\(order\)/],
    ['a regular expression', /^order/, /holds \/\^order\//],
    ['a function', () => 'order', /a pattern is a text, a number or a plain object/],
    ['true', true, /holds true/],
    ['NaN', Number.NaN, /holds NaN/],
    ['true inside a class of its own', new Money(1), /holds Money/],
    ['an empty object', {}, /empty object/],
    ['an object with an undefined field', { cmd: undefined }, /holds undefined/],
    ['an object with a date', { at: new Date(0) }, /a pattern is a text/],
    ['too many levels', { a: { a: { a: { a: { a: { a: { a: 1 } } } } } } }, /levels/],
    [
      'too many fields',
      Object.fromEntries(Array.from({ length: 21 }, (_, n) => [`k${n}`, n])),
      /fields/,
    ],
  ])('is refused when it is %s', (_what, pattern, reason) => {
    expect(patternFault(pattern)).toMatch(reason);
  });
});
