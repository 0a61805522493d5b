import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  s3NotificationCodec,
  type DecodedMessage,
  type S3Record,
} from '../../../src/transport/codec/index.js';
import { InvalidMessageError } from '../../../src/transport/errors/index.js';

const decode = (body: unknown): DecodedMessage =>
  s3NotificationCodec.decode({
    messageId: 'm',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: new Map(),
  });

const record = (key = 'a.txt', more: object = {}) => ({
  eventVersion: '2.1',
  eventSource: 'aws:s3',
  awsRegion: 'eu-central-1',
  eventTime: '2026-01-26T10:30:45.123Z',
  eventName: 'ObjectCreated:Put',
  s3: { bucket: { name: 'uploads' }, object: { key, size: 3, sequencer: '0055AED6DCD90281E5' } },
  ...more,
});

/** As S3 encodes keys. */
const urlEncoded = (key: string): string => encodeURIComponent(key).replaceAll('%20', '+');

describe('the codec of S3 notifications', () => {
  it('names the event and gives its record', () => {
    const { pattern, data } = decode({ Records: [record()] });
    expect(pattern).toBe('s3.ObjectCreated:Put');
    expect(data).toMatchObject(record());
  });

  it('gives every key as it was stored', () => {
    const keys = fc.string({ unit: 'binary', minLength: 1 }).filter((key) => key.isWellFormed());
    fc.assert(
      fc.property(keys, (key) => {
        const { data } = decode({ Records: [record(urlEncoded(key))] });
        expect((data as S3Record).s3.object).toMatchObject({
          key: urlEncoded(key),
          urlDecodedKey: key,
        });
      }),
    );
  });

  it('takes the test event for what may go unhandled', () => {
    const test = { Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'uploads' };
    expect(decode(test)).toEqual({ pattern: 's3.TestEvent', data: test, optional: true });
  });

  it('takes the same notification twice for one, where S3 numbers it', () => {
    const numbered = decode({ Records: [record()] });
    const s3 = { bucket: { name: 'uploads' }, object: { key: 'a' } };
    const bare = decode({ Records: [record('a', { s3 })] });
    expect({ identifiesByBody: s3NotificationCodec.identifiesByBody?.(numbered) }).toEqual({
      identifiesByBody: true,
    });
    expect({ identifiesByBody: s3NotificationCodec.identifiesByBody?.(bare) }).toEqual({
      identifiesByBody: false,
    });
  });

  it.each([
    ['no JSON', 'nonsense'],
    ['no object', []],
    ['another message', { pattern: 'order.placed', data: {} }],
    ['no records', { Records: [] }],
    ['two records', { Records: [record(), record()] }],
    ['a record that is none', { Records: [null] }],
    ['no event', { Records: [record('a', { eventName: '' })] }],
    ['a pattern for an event', { Records: [record('a', { eventName: '*' })] }],
    ['no object in it', { Records: [record('a', { s3: { bucket: { name: 'b' } } })] }],
    ['no bucket in it', { Records: [record('a', { s3: { object: { key: 'a' } } })] }],
    ['a key that is not encoded', { Records: [record('100%')] }],
  ])('refuses %s', (_what, body) => {
    expect(() => decode(body)).toThrow(InvalidMessageError);
  });

  it('refuses any body with an error of its own', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        let failure: unknown;
        try {
          decode({ Records: [value] });
        } catch (error) {
          failure = error;
        }
        expect(failure).toBeInstanceOf(InvalidMessageError);
      }),
    );
  });
});
