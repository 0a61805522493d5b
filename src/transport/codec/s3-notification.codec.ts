import { isJsonObject } from '../../common/objects.js';
import { InvalidMessageError } from '../errors/index.js';
import { parseJson } from './json-body.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from './message.codec.js';

/**
 * One event of a bucket, as S3 writes it, with the object's decoded key added.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
export interface S3Record {
  /** Such as `ObjectCreated:Put`. */
  readonly eventName: string;
  /** ISO 8601, UTC. */
  readonly eventTime?: string;
  /** The bucket's, such as `eu-central-1`. */
  readonly awsRegion?: string;
  /** The bucket and the object. */
  readonly s3: {
    readonly bucket: { readonly name: string };
    readonly object: {
      /** As S3 writes it: URL-encoded, with `+` for a space. */
      readonly key: string;
      /** The key to use with S3. */
      readonly urlDecodedKey: string;
      /** Bytes; absent where nothing was stored. */
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId?: string;
      /** Orders the events of one key: compare as texts, padded to equal length. */
      readonly sequencer?: string;
    };
  };
}

/** The pattern of the test event that S3 sends once, when notifications are set up. */
const TEST_EVENT = 's3:TestEvent';
const EVENT_NAME = /^(?:s3:)?([\w:]{1,100})$/;

class S3NotificationCodec implements MessageDecoder {
  readonly name = 's3-notification';

  decode({ body }: ReceivedMessage): DecodedMessage {
    const notification = parseJson(body);
    if (!isJsonObject(notification)) throw notOne('it is not a JSON object');
    if (notification['Event'] === TEST_EVENT)
      return { pattern: patternOf(TEST_EVENT), data: notification, optional: true };
    const { Records: records } = notification;
    if (!Array.isArray(records)) throw notOne('it has no Records');
    // S3 writes exactly one record. With several, one failure would retry or dead-letter all of them.
    if (records.length !== 1) throw notOne(`it has ${records.length} Records, not one`);
    return read(records[0]);
  }

  /** S3 may send a notification twice, with the same text; the event's sequencer is part of it. */
  identifiesByBody({ data }: DecodedMessage): boolean {
    // Other fields of a test event are not checked.
    const { s3 } = isJsonObject(data) ? data : {};
    const { object } = isJsonObject(s3) ? s3 : {};
    return (
      isJsonObject(object) && typeof object['sequencer'] === 'string' && object['sequencer'] !== ''
    );
  }
}

function read(record: unknown): DecodedMessage {
  const { eventName, s3 } = isJsonObject(record) ? record : {};
  const { bucket, object } = isJsonObject(s3) ? s3 : {};
  const { name } = isJsonObject(bucket) ? bucket : {};
  const { key } = isJsonObject(object) ? object : {};
  if (typeof eventName !== 'string' || !EVENT_NAME.test(eventName))
    throw notOne('it names no event');
  if (typeof name !== 'string' || typeof key !== 'string') throw notOne('it names no object');
  const located = { ...Object(object), urlDecodedKey: urlDecoded(key) };
  return {
    pattern: patternOf(eventName),
    data: { ...Object(record), s3: { ...Object(s3), object: located } },
  };
}

const patternOf = (event: string): string => `s3.${EVENT_NAME.exec(event)?.[1] ?? event}`;

function urlDecoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    throw notOne('its key is not URL-encoded');
  }
}

const notOne = (why: string): InvalidMessageError =>
  new InvalidMessageError(`The message is not an S3 notification: ${why}`);

/**
 * Reads notifications that S3 sends to a queue, directly or through a topic: the pattern is `s3.<event>`, such as
 * `s3.ObjectCreated:Put`, the data an {@link S3Record}. The test event S3 sends when notifications are set up has the
 * pattern `s3.TestEvent` and is acknowledged without a handler. Not for sending.
 *
 * @throws InvalidMessageError for a message that is no notification of exactly one event.
 * @example
 * defineTopology({ queues: [{ name: 'uploads', patterns: ['s3.*'], codec: s3NotificationCodec }] });
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
 */
export const s3NotificationCodec: MessageDecoder = new S3NotificationCodec();
