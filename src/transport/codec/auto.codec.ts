import { isJsonObject } from '../../common/objects.js';
import { PATTERN_ATTRIBUTE } from '../sns-sqs.constants.js';
import { celeryCodec, readKombu } from './celery.codec.js';
import { isAttributeName, SPEC_VERSION } from './cloud-events/cloud-event.js';
import { cloudEventsCodec } from './cloud-events/cloud-events.codec.js';
import { modeOf } from './cloud-events/read-event.js';
import { eventBridgeCodec } from './event-bridge.codec.js';
import type { DecodedMessage, MessageDecoder, ReceivedMessage } from './message.codec.js';
import { nativeCodec } from './native.codec.js';
import { s3NotificationCodec } from './s3-notification.codec.js';

type Fields = Readonly<Record<string, unknown>>;

/** Names the decoder that read a message, for what is asked about it afterwards. */
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
    // An attribute is said by the sender's program, and nothing in a body overrules it.
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
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

const hasOnly = (fields: Fields, names: readonly string[]): boolean =>
  Object.keys(fields).every((name) => names.includes(name));

/** Every attribute is of the specification's form, which user's fields in camel or snake case are not. */
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

/** What no format leaves out, and what it may have beside. A user's own fields would have to be all of them, and no others. */
const SHAPES: readonly (readonly [MessageDecoder, (body: Fields) => boolean])[] = [
  [cloudEvents, isCloudEvent],
  [eventBridgeCodec, isEventBridge],
  [s3NotificationCodec, isS3],
  [nativeCodec, isPacket],
];

/**
 * Tells formats apart: a queue that CloudEvents, EventBridge, S3, Celery and Weft itself all send to. What decides is an
 * attribute (`pattern`; `ce-specversion` or a content type of CloudEvents), or else the whole shape of a body: every field
 * that a format always writes, and none that it never does. A field or two that are called alike decide nothing.
 *
 * Where the senders are known, name their codec: it says what is wrong with a message that does not fit.
 *
 * @param otherwise what reads everything else. @defaultValue nativeCodec
 * @throws InvalidMessageError for what the codec that was found cannot read.
 * @example
 * defineTopology({ queues: [{ name: 'inbox', patterns: ['*'], codec: autoCodec(jsonCodec('order.placed')) }] });
 */
export const autoCodec = (otherwise: MessageDecoder = nativeCodec): MessageDecoder =>
  new AutoCodec(otherwise);
