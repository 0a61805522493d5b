import { isWholeNumber } from '../../../common/whole-numbers.js';
import { fieldsOf } from '../../../common/objects.js';
import { InvalidMessageError, InvalidRecordError } from '../../../transport/index.js';
import {
  parseJson,
  type DecodedMessage,
  type MessageCodec,
  type ReceivedMessage,
} from '../../../transport/codec/index.js';
import { withFormat } from '../../../messaging/index.js';
import type { AnnouncedObject, Announcement } from './announcement.js';

/** The pattern of every message that announces objects. */
export const ANNOUNCED_PATTERN = 'bundles.announced';
/** The pattern of the test event that S3 sends once, when notifications are set up; no handler takes it. */
const TEST_PATTERN = 'bundles.test-event';

/** S3 writes one record into a message; other programs may write several. */
const MAX_RECORDS = 10_000;
const MAX_TEXT_LENGTH = 1024;
/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const CREATED = /^(?:s3:)?ObjectCreated:/;

/**
 * Notifications of S3 about any number of objects: as S3 sends them itself, by a topic of SNS, or by EventBridge. An
 * unreadable record does not affect the others.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html
 */
class AnnouncementCodec implements MessageCodec {
  readonly name = 'bundle-announcement';

  encode(): never {
    throw new InvalidRecordError('Notifications of S3 are received, not sent');
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const message = fieldsOf(parseJson(body));
    if (message['Event'] === 's3:TestEvent') {
      return { pattern: TEST_PATTERN, data: {}, optional: true };
    }
    return { pattern: ANNOUNCED_PATTERN, data: readMessage(message) };
  }
}

export const announcementCodec: MessageCodec = withFormat(new AnnouncementCodec(), {
  body: () => ({
    description: 'As S3 writes it; SNS and EventBridge may stand between.',
    type: 'object',
    properties: { Records: { type: 'array', items: { type: 'object' } } },
  }),
});

function readMessage(message: Fields): Announcement {
  const { Records: records, source, detail } = message;
  if (source === 'aws.s3' && detail !== undefined) return summed([readEvent(message)]);
  if (!Array.isArray(records)) {
    throw new InvalidMessageError('The message is not an S3 notification: it has no Records');
  }
  if (records.length > MAX_RECORDS) {
    throw new InvalidMessageError(
      `The message has ${records.length} Records, more than ${MAX_RECORDS}`,
    );
  }
  return summed(records.map((record) => readRecord(fieldsOf(record))));
}

/** One record: an object, a text with its fault, or undefined if it does not concern bundles. */
type Read = AnnouncedObject | string | undefined;

function readRecord({ eventName, s3 }: Fields): Read {
  if (typeof eventName !== 'string') return 'names no event';
  if (!CREATED.test(eventName)) return undefined;
  const { bucket, object } = fieldsOf(s3);
  const { key, versionId, eTag, sequencer, size } = fieldsOf(object);
  const decoded = urlDecoded(key);
  if (decoded === undefined) return 'has no key, or one that is not URL-encoded';
  return announced(fieldsOf(bucket)['name'], decoded, { versionId, eTag, sequencer, size });
}

function readEvent({ 'detail-type': type, detail }: Fields): Read {
  if (typeof type !== 'string') return 'names no event';
  if (type !== 'Object Created') return undefined;
  const { bucket, object } = fieldsOf(detail);
  const { key, 'version-id': versionId, etag: eTag, sequencer, size } = fieldsOf(object);
  // EventBridge does not encode it.
  if (typeof key !== 'string' || key === '') return 'has no key';
  return announced(fieldsOf(bucket)['name'], key, { versionId, eTag, sequencer, size });
}

function announced(
  bucket: unknown,
  key: string,
  { versionId, eTag, sequencer, size }: Fields,
): Read {
  if (typeof bucket !== 'string' || !BUCKET.test(bucket)) return 'names no bucket';
  // Needed too because the time of a BUNDLE_GROUP_BY expression may grow with the square of the key's length.
  if (Buffer.byteLength(key) > MAX_KEY_BYTES)
    return `has a key of more than ${MAX_KEY_BYTES} bytes`;
  if (!isWholeNumber(size, 0)) return 'has no size';
  // With suspended versioning, "null" is the version of the object stored last.
  const version_id = versionId === 'null' ? null : textOf(versionId);
  if (version_id === null && textOf(sequencer) === null) {
    return 'has neither a version nor a sequencer, which tell the states of an object apart';
  }
  const etag = textOf(eTag)?.replaceAll('"', '') ?? null;
  return { bucket, key, version_id, sequencer: textOf(sequencer), size, etag };
}

function summed(read: readonly Read[]): Announcement {
  const objects: AnnouncedObject[] = [];
  const malformed: string[] = [];
  let ignored = 0;
  for (const [index, one] of read.entries()) {
    if (one === undefined) ignored += 1;
    else if (typeof one === 'string') malformed.push(`Record ${index} ${one}`);
    else objects.push(one);
  }
  return { objects, ignored, malformed };
}

type Fields = Readonly<Record<string, unknown>>;

const textOf = (value: unknown): string | null =>
  typeof value === 'string' && value !== '' && value.length <= MAX_TEXT_LENGTH ? value : null;

function urlDecoded(key: unknown): string | undefined {
  if (typeof key !== 'string' || key === '') return undefined;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return undefined;
  }
}
