import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeReply, encodeReply } from '../../../src/transport/codec/reply.codec.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

describe('a part of an answer', () => {
  it('reads back as it was written', () => {
    const part = fc.record(
      {
        requestId: fc.uuid(),
        sequence: fc.nat(),
        response: fc.jsonValue(),
        err: fc.jsonValue(),
        total: fc.nat(),
      },
      { requiredKeys: ['requestId', 'sequence'] },
    );
    fc.assert(
      fc.property(part, (value) => {
        expect(decodeReply(encodeReply(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    'nonsense',
    '[]',
    'null',
    '{}',
    '{"requestId":5,"sequence":0}',
    '{"requestId":"r"}',
    '{"requestId":"r","sequence":"0"}',
    '{"requestId":"r","sequence":0.5}',
    '{"requestId":"r","sequence":-1}',
    '{"requestId":"r","sequence":0,"total":"1"}',
    '{"requestId":"r","sequence":0,"total":null}',
  ])('is not seen in %s', (body) => {
    expect(() => decodeReply(body)).toThrow(InvalidMessageError);
  });
});
