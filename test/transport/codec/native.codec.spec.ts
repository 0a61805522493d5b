import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  nativeCodec,
  type DecodedMessage,
  type EncodedMessage,
} from '../../../src/transport/codec/index.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

const PACKET = { id: 'i-1', pattern: 'order.placed', correlationId: 'c-1' };

const decode = (body: string, attributes: Record<string, string> = {}): DecodedMessage =>
  nativeCodec.decode({ messageId: 'm-1', body, attributes: new Map(Object.entries(attributes)) });

const decodeEncoded = ({ body, attributes }: EncodedMessage): DecodedMessage =>
  decode(
    body,
    Object.fromEntries(
      Object.entries(attributes).map(([name, { value }]) => [name, String(value)]),
    ),
  );

describe('the native codec', () => {
  it('reads back what it wrote, whatever the data', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: 'binary' }),
        fc.string({ unit: 'binary', minLength: 1 }),
        (data, pattern) => {
          expect(decodeEncoded(nativeCodec.encode({ ...PACKET, pattern, data }))).toEqual({
            ...PACKET,
            pattern,
            data: JSON.parse(JSON.stringify(data)) as unknown,
          });
        },
      ),
    );
  });

  it.each([[undefined], [null], [() => 1], [Symbol('s')]])(
    'delivers null for the data %p, not its own envelope',
    (data) => {
      expect(decodeEncoded(nativeCodec.encode({ ...PACKET, data }))).toEqual({
        ...PACKET,
        data: null,
      });
    },
  );

  it('repeats the pattern as an attribute, for filter policies', () => {
    expect(nativeCodec.encode({ ...PACKET, data: 1 }).attributes).toEqual({
      pattern: { type: 'String', value: 'order.placed' },
    });
  });

  it('reads a packet without attributes', () => {
    expect(decode('{"pattern":"a","data":[1]}')).toEqual({ pattern: 'a', data: [1] });
  });

  it.each(['[1,2]', '"text"', '5', 'null', '{"data":1}', '{"pattern":"b","data":1}'])(
    'reads %s as the data itself when the attribute names the pattern',
    (body) => {
      expect(decode(body, { pattern: 'a' })).toEqual({
        pattern: 'a',
        data: JSON.parse(body) as unknown,
      });
    },
  );

  it.each(['{"pattern":"a","data":1,"id":7,"correlationId":{}}'])(
    'leaves out ids that are no text',
    (body) => {
      expect(decode(body)).toEqual({ pattern: 'a', data: 1 });
    },
  );

  it.each([
    '',
    'hello',
    '{',
    '{}',
    '[]',
    'null',
    '{"pattern":5,"data":1}',
    '{"pattern":"a"}',
    '{"data":1}',
  ])('refuses %j, for which nothing names a pattern', (body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });

  it('does not repeat the body in its error', () => {
    expect(() => decode('top secret')).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('secret') }),
    );
  });
});
