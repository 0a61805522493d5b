import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { metadataCodec } from '../../../../src/features/sessions/codec/metadata.codec.js';
import {
  createMetadataSqsHook,
  type AnnouncedChange,
} from '../../../../src/features/sessions/index.js';
import { InvalidMessageError } from '../../../../src/transport/errors/index.js';

const init: AnnouncedChange = {
  operation: 'update',
  metadata: { status: 'processing', agent_state: 'thinking' },
  timestamp: '2026-01-26T10:30:45.123456+00:00',
  sequence: 7,
};

const hook = createMetadataSqsHook('a-queue');

/** The message of a change, by the hook that makes its notification. */
const encode = (changes: Partial<AnnouncedChange>) => {
  const change = { ...init, ...changes };
  const [notification] = hook.metadataNotifications?.('user-session-123', change) ?? [];
  const { pattern = '', data } = notification ?? {};
  return metadataCodec.encode({ id: '1', pattern, data, correlationId: '2' });
};
const decode = (body: string) =>
  metadataCodec.decode({ messageId: '1', body, attributes: new Map() });

describe('metadataCodec', () => {
  it('writes body and attributes as the seed words them, with a sequence, and nothing else', () => {
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
        expect(JSON.stringify(data)).toBe(
          JSON.stringify({
            session_id: 'user-session-123',
            event: 'metadata_update',
            operation: 'update',
            metadata,
            timestamp: init.timestamp,
            sequence: 7,
          }),
        );
      }),
    );
  });

  it.each(['', 'no JSON', '[]', 'null', '"text"'])('refuses to read %j', (body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });
});
