import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { announcementCodec } from '../../../src/features/bundles/intake/announcement.codec.js';
import type { Announcement } from '../../../src/features/bundles/intake/announcement.js';
import { InvalidMessageError, InvalidRecordError } from '../../../src/transport/index.js';
import { eventOf, notificationOf, recordOf } from './announcements.js';

const decode = (body: string) =>
  announcementCodec.decode({ messageId: 'm', body, attributes: new Map() });
const read = (body: string): Announcement => decode(body).data as Announcement;
const readRecord = (record: unknown): Announcement => read(JSON.stringify({ Records: [record] }));

const OBJECT = {
  bucket: 'raw',
  key: 'in box/ü+1 %.txt',
  size: 3,
  eTag: 'abc',
  sequencer: '00AF',
  versionId: undefined,
};
const READ = {
  bucket: 'raw',
  key: 'in box/ü+1 %.txt',
  size: 3,
  etag: 'abc',
  sequencer: '00AF',
  version_id: null,
};

describe('a notification of S3', () => {
  it('announces every object of its records, its key decoded', () => {
    const body = notificationOf(OBJECT, { ...OBJECT, key: 'b', versionId: 'v1' });
    expect(decode(body)).toMatchObject({ pattern: 'bundles.announced' });
    expect(read(body)).toEqual({
      objects: [READ, { ...READ, key: 'b', version_id: 'v1' }],
      ignored: 0,
      malformed: [],
    });
  });

  it('by EventBridge announces one object, whose key is not encoded', () => {
    expect(read(eventOf(OBJECT))).toEqual({ objects: [READ], ignored: 0, malformed: [] });
  });

  it('that S3 sends as a test is acknowledged', () => {
    const body = JSON.stringify({ Service: 'Amazon S3', Event: 's3:TestEvent', Bucket: 'raw' });
    expect(decode(body)).toMatchObject({ optional: true });
  });

  it('of deletions and other events is ignored, and counted', () => {
    const records = ['ObjectRemoved:Delete', 's3:ObjectRestore:Completed'].map((name) =>
      recordOf(OBJECT, name),
    );
    expect(read(JSON.stringify({ Records: records }))).toMatchObject({ objects: [], ignored: 2 });
    const deleted = eventOf(OBJECT).replace('Object Created', 'Object Deleted');
    expect(read(deleted)).toMatchObject({ objects: [], ignored: 1 });
  });

  it.each<[string, object]>([
    ['names no event', { s3: {} }],
    ['names no bucket', recordOf({ ...OBJECT, bucket: '../etc' })],
    ['has no size', recordOf({ ...OBJECT, size: -1 })],
    ['has no size', recordOf({ ...OBJECT, size: 1.5 })],
    ['has no key, or one that is not URL-encoded', { eventName: 'ObjectCreated:Put', s3: {} }],
    [
      'has no key, or one that is not URL-encoded',
      {
        eventName: 'ObjectCreated:Put',
        s3: { bucket: { name: 'raw' }, object: { key: '%ff', size: 1, sequencer: '1' } },
      },
    ],
    ['has a key of more than 1024 bytes', recordOf({ ...OBJECT, key: 'k'.repeat(1025) })],
    [
      'has neither a version nor a sequencer, which tell the states of an object apart',
      recordOf({ ...OBJECT, sequencer: undefined }),
    ],
    [
      'has neither a version nor a sequencer, which tell the states of an object apart',
      recordOf({ ...OBJECT, sequencer: undefined, versionId: 'null' }),
    ],
  ])('says of a record that it %s, and reads the others', (text, record) => {
    expect(readRecord(record).malformed).toEqual([`Record 0 ${text}`]);
    const both = read(JSON.stringify({ Records: [record, recordOf(OBJECT)] }));
    expect(both.objects).toEqual([READ]);
  });

  it.each(['', 'null', '[]', '"x"', '{}', '{"Records": {}}', '{"source":"aws.s3"}'])(
    'is not %j',
    (body) => {
      expect(() => decode(body)).toThrow(InvalidMessageError);
    },
  );

  it('has ten thousand records at most', () => {
    const body = JSON.stringify({ Records: Array.from({ length: 10_001 }, () => ({})) });
    expect(() => decode(body)).toThrow('has 10001 Records');
  });

  it('of whatever JSON fails by a known error, or reads objects that are whole', () => {
    const record = fc.oneof(
      fc.jsonValue(),
      fc.record({ eventName: fc.constant('ObjectCreated:Put'), s3: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(fc.array(record, { maxLength: 5 }), (records) => {
        const { objects, ignored, malformed } = read(JSON.stringify({ Records: records }));
        expect(objects.length + ignored + malformed.length).toBe(records.length);
      }),
    );
  });

  it('is not sent', () => {
    const packet = { id: '1', pattern: 'x', data: {}, correlationId: '1' };
    expect(() => announcementCodec.encode(packet)).toThrow(InvalidRecordError);
  });
});
