import { describe, expect, it } from '@jest/globals';
import { checkRouting } from '../../../src/messaging/event-bus/routing-attributes.js';

describe('Routing attributes of an event', () => {
  it('may be text, integers and lists of text, integers, truth values and nulls', () => {
    expect(() =>
      checkRouting({ tenant: 'acme', priority: 3, tags: ['a', 1, true, null] }),
    ).not.toThrow();
  });

  it.each([
    ['a truth value', true],
    ['a float', 1.5],
    ['null', null],
    ['undefined', undefined],
    ['an object', { a: 1 }],
    ['bytes', new Uint8Array([1])],
    ['NaN', Number.NaN],
    ['an infinity', Number.POSITIVE_INFINITY],
    ['an integer that is none any more', 2 ** 53],
    ['a bigint', 1n],
    ['an empty text', ''],
    ['a list with a float', ['a', 0.5]],
    ['a list with an object', [{}]],
    ['a list with a list', [['a']]],
  ])('are refused for %s', (_what, value) => {
    expect(() => checkRouting({ attribute: value })).toThrow(
      expect.objectContaining({
        code: 'WEFT_INVALID_RECORD',
        message: expect.stringContaining('"attribute"'),
      }),
    );
  });

  it.each(['entityName', 'publisherName', 'eventName', 'traceparent', 'tracestate'])(
    'are refused under the name %s, which the bus writes itself',
    (name) => {
      expect(() => checkRouting({ [name]: 'x' })).toThrow('choose another name');
    },
  );
});
