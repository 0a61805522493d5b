import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  metadataCodec,
  MetadataNotification,
  type MetadataNotificationInit,
} from '../../../../src/features/sessions/codec/metadata.codec.js';
import { InvalidMessageError } from '../../../../src/transport/errors/index.js';

const init: MetadataNotificationInit = {
  session_id: 'user-session-123',
  operation: 'update',
  metadata: { status: 'processing', agent_state: 'thinking' },
  timestamp: '2026-01-26T10:30:45.123456+00:00',
  sequence: 7,
};

const encode = (changes: Partial<MetadataNotificationInit>) =>
  metadataCodec.encode({
    id: '1',
    pattern: 'session.metadata_update',
    data: new MetadataNotification({ ...init, ...changes }),
    correlationId: '2',
  });
const decode = (body: string) =>
  metadataCodec.decode({ messageId: '1', body, attributes: new Map() });

describe('metadataCodec', () => {
  it('writes body and attributes as contracts.md words them, and nothing else', () => {
    expect(encode({})).toEqual({
      body:
        '{"session_id":"user-session-123","event":"metadata_update","operation":"update",' +
        '"metadata":{"status":"processing","agent_state":"thinking"},' +
        '"timestamp":"2026-01-26T10:30:45.123456+00:00","sequence":7}',
      attributes: {
        session_id: { type: 'String', value: 'user-session-123' },
        event: { type: 'String', value: 'metadata_update' },
      },
    });
  });

  it('writes the nulls of a delete', () => {
    const { body } = encode({ operation: 'delete', metadata: { priority: null } });
    expect(body).toContain('"operation":"delete","metadata":{"priority":null}');
  });

  it('reads back what it wrote, in characters every queue takes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        const metadata = { ...values, face: '😀\uffff' };
        const { body } = encode({ metadata });
        expect(body).not.toMatch(/[\u{10000}-\u{10ffff}\ufffe\uffff]/u);
        const { data } = decode(body);
        const expected = { ...init, event: 'metadata_update', metadata };
        expect(JSON.stringify(data)).toBe(
          JSON.stringify(Object.assign({ session_id: '', event: '' }, expected)),
        );
      }),
    );
  });

  it.each(['', 'no JSON', '[]', 'null', '"text"'])('refuses to read %j', (body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });
});
