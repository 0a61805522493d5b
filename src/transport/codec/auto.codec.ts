import { isJsonObject } from '../../common/objects.js';
import { PATTERN_ATTRIBUTE } from '../sns-sqs.constants.js';
import { celeryCodec, readKombu } from './celery.codec.js';
import { isAttributeName, SPEC_VERSION } from './cloud-events/cloud-event.js';
import { cloudEventsCodec } from './cloud-events/cloud-events.codec.js';
import { modeOf } from './cloud-events/read-event.js';
import { eventBridgeCodec } from './event-bridge.codec.js';
import { parseJson } from './json-body.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from './message.codec.js';
import { nativeCodec } from './native.codec.js';
import { s3NotificationCodec } from './s3-notification.codec.js';

type Fields = Readonly<Record<string, unknown>>;

/** Remembers which decoder read a message, for later calls about that message. */
const READ_BY = Symbol('READ_BY');

type AutoDecoded = DecodedMessage & { readonly [READ_BY]?: MessageDecoder };

const cloudEvents = cloudEventsCodec();

class AutoCodec implements MessageDecoder {
  readonly name: string;

  constructor(private readonly otherwise: MessageDecoder) {
    this.name = `auto (${otherwise.name})`;
  }

  decode(message: ReceivedMessage): AutoDecoded {
    const decoder = this.#decoderOf(message);
    return { ...decoder.decode(message), [READ_BY]: decoder };
  }

  identifiesByBody(message: AutoDecoded): boolean {
    return message[READ_BY]?.identifiesByBody?.(message) ?? false;
  }

  #decoderOf(message: ReceivedMessage): MessageDecoder {
    const { attributes, body } = message;
    // The sender's program sets the attribute, so nothing in the body overrules it.
    if (attributes.has(PATTERN_ATTRIBUTE)) return nativeCodec;
    if (modeOf(message)) return cloudEvents;
    if (typeof readKombu(body)?.headers['task'] === 'string') return celeryCodec;
    const fields = fieldsOf(body);
    const [found] = SHAPES.find(([, fits]) => fields && fits(fields)) ?? [];
    return found ?? this.otherwise;
  }
}

function fieldsOf(body: string): Fields | undefined {
  try {
    const value = parseJson(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const hasOnly = (fields: Fields, names: readonly string[]): boolean =>
  Object.keys(fields).every((name) => names.includes(name));

/**
 * Attribute names in the specification are lower-case letters and digits; a user's camelCase or snake_case fields do
 * not match.
 */
function isCloudEvent(fields: Fields): boolean {
  const { specversion, id, source, type } = fields;
  return (
    specversion === SPEC_VERSION &&
    [id, source, type].every(isText) &&
    Object.keys(fields).every((name) => isAttributeName(name) || name === 'data_base64')
  );
}

/** https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */
const EVENT_BRIDGE = [
  'version',
  'id',
  'detail-type',
  'source',
  'account',
  'time',
  'region',
  'resources',
  'detail',
];

const isEventBridge = (fields: Fields): boolean =>
  EVENT_BRIDGE.every((name) => Object.hasOwn(fields, name)) &&
  hasOnly(fields, [...EVENT_BRIDGE, 'replay-name']) &&
  fields['version'] === '0' &&
  isText(fields['account']) &&
  Array.isArray(fields['resources']) &&
  isJsonObject(fields['detail']);

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
function isS3(fields: Fields): boolean {
  const { Records: records, Service: service, Event: event } = fields;
  if (service === 'Amazon S3' && event === 's3:TestEvent') return isText(fields['Bucket']);
  if (!Array.isArray(records) || !hasOnly(fields, ['Records'])) return false;
  return records.every(
    (one: unknown) =>
      isJsonObject(one) &&
      one['eventSource'] === 'aws:s3' &&
      isText(one['eventVersion']) &&
      isJsonObject(one['s3']),
  );
}

const isPacket = (fields: Fields): boolean =>
  isText(fields['pattern']) &&
  Object.hasOwn(fields, 'data') &&
  hasOnly(fields, ['id', 'pattern', 'correlationId', 'data']);

/** The fields that each format always has, and those it may have. A user's body would have to match all of them. */
const SHAPES: readonly (readonly [MessageDecoder, (body: Fields) => boolean])[] = [
  [cloudEvents, isCloudEvent],
  [eventBridgeCodec, isEventBridge],
  [s3NotificationCodec, isS3],
  [nativeCodec, isPacket],
];

/**
 * Tells formats apart on a queue that CloudEvents, EventBridge, S3, Celery and Weft itself all send to. An attribute
 * decides (`pattern`; `ce-specversion` or a content type of CloudEvents), or else the whole shape of the body: it has
 * every field that the format always writes, and none that it never writes. A few fields of the same name are not
 * enough.
 *
 * Where the senders are known, name their codec instead: its errors say what is wrong with a message.
 *
 * @param otherwise reads all other messages. @defaultValue nativeCodec
 * @throws InvalidMessageError when the chosen codec cannot read the message.
 * @example
 * defineTopology({ queues: [{ name: 'inbox', patterns: ['*'], codec: autoCodec(jsonCodec('order.placed')) }] });
 */
export const autoCodec = (otherwise: MessageDecoder = nativeCodec): MessageDecoder =>
  new AutoCodec(otherwise);
