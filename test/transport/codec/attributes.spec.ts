import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { wireJson } from '../../../src/transport/codec/wire-json.js';
import {
  attributeBytes,
  customAttributes,
  wireAttributes,
} from '../../../src/transport/codec/attributes.js';
import { InvalidRecordError } from '../../../src/transport/errors/index.js';
import type { AttributeValue } from '../../../src/transport/record/sns-sqs.record.js';

const custom = (name: string, value: unknown) =>
  customAttributes({ [name]: value as AttributeValue });

describe('custom attributes', () => {
  it('have the type of their value', () => {
    expect(customAttributes({ a: 'text', b: 1.5, c: ['x', 1, true, null] })).toEqual({
      a: { type: 'String', value: 'text' },
      b: { type: 'Number', value: '1.5' },
      c: { type: 'String.Array', value: '["x",1,true,null]' },
    });
  });

  it.each([[''], [Number.NaN], [Infinity], [true], [null], [undefined], [{}], [10n]])(
    'refuse the value %p by the name of the attribute',
    (value) => {
      expect(() => custom('tenant', value)).toThrow(InvalidRecordError);
      expect(() => custom('tenant', value)).toThrow('"tenant"');
    },
  );

  it.each(['a', 'A-b_c.9', 'awsome', 'amazonas', 'x'.repeat(256)])('may be called %s', (name) => {
    expect(Object.keys(custom(name, 'v'))).toEqual([name]);
  });

  it.each([
    '',
    ' ',
    'a b',
    'ä',
    'a\n',
    '.a',
    'a.',
    'a..b',
    'aws.x',
    'AWS.x',
    'Amazon.x',
    'x'.repeat(257),
  ])('may not be called %j', (name) => {
    expect(() => custom(name, 'v')).toThrow(InvalidRecordError);
  });
});

const some = (count: number) =>
  customAttributes(Object.fromEntries(Array.from({ length: count }, (_, i) => [`a${i}`, i])));

describe('attributes on the wire', () => {
  it('are ten at most; the eleventh is refused with all their names', () => {
    expect(Object.keys(wireAttributes(some(10)))).toHaveLength(10);
    expect(() => wireAttributes(some(11))).toThrow(InvalidRecordError);
    expect(() => wireAttributes(some(11))).toThrow(/at most 10 .* 11: a0, a1, .*a10/);
  });

  it.each(['\u0000', 'a\u0008', '\ufffe', '\uffff', '\ud800', ''])(
    'refuse the value %j, for which SQS would refuse the neighbours in the batch as well',
    (value) => {
      expect(() => wireAttributes({ tenant: { type: 'String', value } })).toThrow(/"tenant"/);
    },
  );

  it('take every character a list may hold, escaped', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (list) => {
        expect(wireAttributes(customAttributes({ list }))).toEqual({
          list: { DataType: 'String.Array', StringValue: wireJson(list) },
        });
        expect(JSON.parse(wireJson(list))).toEqual(list);
      }),
    );
  });

  it('count as bytes of name, type and value', () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,20}$/), fc.string({ minLength: 1 }), {
          maxKeys: 10,
        }),
        (values) => {
          const expected = Object.entries(values).map(
            ([name, value]) => Buffer.from(`${name}String${value}`).length,
          );
          expect(attributeBytes(wireAttributes(customAttributes(values)))).toBe(
            expected.reduce((sum, bytes) => sum + bytes, 0),
          );
        },
      ),
    );
    expect(attributeBytes({ é: { DataType: 'Number', StringValue: '10' } })).toBe(2 + 6 + 2);
  });
});
