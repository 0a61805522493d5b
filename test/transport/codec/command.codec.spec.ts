import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { UNREADABLE_COMMAND } from '../../../src/transport/codec/command.codec.js';
import { commandCodec, type DecodedMessage } from '../../../src/transport/codec/index.js';
import { InvalidMessageError, InvalidRecordError } from '../../../src/transport/errors/index.js';

const decode = (body: string): DecodedMessage =>
  commandCodec.decode({ messageId: 'm', body, attributes: new Map() });

const encode = (data: unknown) =>
  commandCodec.encode({ id: 'i', pattern: 'p', correlationId: 'ignored', data });

describe('the command codec', () => {
  it('takes the pattern and the correlation id from the Command', () => {
    const command = { type: 'storage', action: 'put_object', payload: {}, correlation_id: 'c' };
    expect(decode(JSON.stringify(command))).toEqual({
      pattern: 'storage.put_object',
      data: command,
      correlationId: 'c',
    });
  });

  it('gives whatever has no readable type and action a pattern of its own', () => {
    const odd = fc.oneof(
      fc.constantFrom('', ' ', 'a b', 'a\n', 'a/b', '*', 'x'.repeat(129), 'ä'),
      fc.jsonValue().filter((value) => typeof value !== 'string'),
      fc.constant(undefined),
    );
    fc.assert(
      fc.property(odd, fc.boolean(), (value, first) => {
        const body = first ? { type: value, action: 'a' } : { type: 't', action: value };
        expect(decode(JSON.stringify(body)).pattern).toBe(UNREADABLE_COMMAND);
      }),
    );
  });

  it.each(['[]', 'null', '1', '"text"', 'nonsense', ''])('refuses %j', (body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });

  it('writes the Command as it is, with type, action and correlation id as attributes', () => {
    const command = { type: 'storage', action: 'list', payload: { a: 1 }, correlation_id: 'c' };
    const { body, attributes } = encode(command);
    expect(JSON.parse(body)).toEqual(command);
    expect(attributes).toEqual({
      type: { type: 'String', value: 'storage' },
      action: { type: 'String', value: 'list' },
      correlation_id: { type: 'String', value: 'c' },
    });
  });

  it('writes no attribute for a field that is empty or no text', () => {
    expect(encode({ type: '', action: 5, correlation_id: null }).attributes).toEqual({});
  });

  it.each([[null], [[]], ['text'], [5], [undefined]])('refuses to send %j', (data) => {
    expect(() => encode(data)).toThrow(InvalidRecordError);
  });
});
