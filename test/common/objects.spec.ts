import { describe, expect, it } from '@jest/globals';
import { assert, jsonValue, property } from 'fast-check';
import { fieldsOf, isJsonObject, isObject } from '../../src/common/objects.js';

class Order {
  id = 'o';
}

/** [what it is, value, whether it is an object, whether JSON calls it one] */
const VALUES: readonly [string, unknown, boolean, boolean][] = [
  ['an object', { a: 1 }, true, true],
  ['an object without a prototype', Object.create(null), true, true],
  ['an instance of a class', new Order(), true, true],
  ['a date', new Date(0), true, true],
  ['a boxed number', Object(5), true, true],
  ['a list', [1], true, false],
  ['null', null, false, false],
  ['undefined', undefined, false, false],
  ['a text', 'text', false, false],
  ['a function', () => 1, false, false],
];

describe('objects', () => {
  it.each(VALUES)('%s is told from other values', (_what, value, object, json) => {
    expect({ object: isObject(value), json: isJsonObject(value) }).toEqual({ object, json });
  });

  it('every value of JSON is an object, a list, or neither', () => {
    assert(
      property(jsonValue(), (value) => {
        const text = JSON.stringify(value);
        expect({ object: isObject(value), json: isJsonObject(value) }).toEqual({
          object: /^[[{]/.test(text),
          json: text.startsWith('{'),
        });
      }),
    );
  });

  it('a value that is no object has no fields', () => {
    expect([null, 'text', [1], undefined].map(fieldsOf)).toEqual([{}, {}, {}, {}]);
    expect(fieldsOf({ a: 1 })).toEqual({ a: 1 });
  });
});
