import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  metadataCodec,
  type MetadataNotification,
} from '../../../src/sessions/codec/metadata.codec.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

const notification: MetadataNotification = {
  session_id: 'user-session-123',
  event: 'metadata_update',
  operation: 'update',
  metadata: { status: 'processing', agent_state: 'thinking' },
  timestamp: '2026-01-26T10:30:45.123456+00:00',
  sequence: 7,
};

const encode = (data: MetadataNotification) =>
  metadataCodec.encode({ id: '1', pattern: 'session.metadata_update', data, correlationId: '2' });
const decode = (body: string) =>
  metadataCodec.decode({ messageId: '1', body, attributes: new Map() });

describe('metadataCodec', () => {
  it('writes body and attributes as contracts.md words them, and nothing else', () => {
    expect(encode(notification)).toEqual({
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
    const { body } = encode({ ...notification, operation: 'delete', metadata: { priority: null } });
    expect(body).toContain('"operation":"delete","metadata":{"priority":null}');
  });

  it('reads back what it wrote, in characters every queue takes', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (values) => {
        const metadata = JSON.parse(JSON.stringify(values)) as Record<string, unknown>;
        const { body } = encode({ ...notification, metadata: { ...metadata, face: '😀\uffff' } });
        expect(body).not.toMatch(/[\u{10000}-\u{10ffff}\ufffe\uffff]/u);
        expect(decode(body).data).toEqual({
          ...notification,
          metadata: { ...metadata, face: '😀\uffff' },
        });
      }),
    );
  });

  it.each(['', 'no JSON', '[]', 'null', '"text"'])('refuses to read %j', (body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });
});
