import { isJsonObject } from '../../common/objects.js';
import {
  parseJson,
  wireJson,
  type DecodedMessage,
  type EncodedMessage,
  type MessageAttribute,
  type MessageCodec,
  type OutgoingPacket,
  type ReceivedMessage,
} from '../../transport/codec/index.js';
import { InvalidMessageError, InvalidRecordError } from '../../transport/errors/index.js';
import {
  BusEvent,
  busEventPattern,
  EVENT_ATTRIBUTES,
  MAX_EVENT_NAME_LENGTH,
  NO_METADATA,
  type BusEventMetadata,
  type WireEvent,
} from './bus-event.js';
import { withFormat, type WireFormat } from '../wire-format.js';
import { readSpelled } from './spelling.js';

/** What happens to events that no handler takes. */
export type UnknownEvents = 'acknowledge' | 'deadLetter';

/**
 * Events of the bus in the format of other programs: JSON in lowerCamel, also read in snake_case and PascalCase, with
 * the attributes `entityName`, `publisherName` and `eventName`. The pattern is `bus.<eventName>`.
 */
class BusEventCodec implements MessageCodec {
  readonly name = 'event bus';

  constructor(private readonly unknown: UnknownEvents) {}

  encode({ data }: OutgoingPacket): EncodedMessage {
    if (!isWireEvent(data)) {
      throw new InvalidRecordError('Publish events of the bus by EventBus.publish()');
    }
    const { metadata, payload } = data;
    const attributes: Record<string, MessageAttribute> = {};
    for (const name of EVENT_ATTRIBUTES)
      attributes[name] = { type: 'String', value: metadata[name] };
    return { body: wireJson({ metadata, payload }), attributes };
  }

  decode({ body }: ReceivedMessage): DecodedMessage {
    const event = readEvent(parseJson(body));
    const { eventName, traceparent, tracestate } = event.metadata;
    return {
      pattern: busEventPattern(eventName),
      data: event,
      optional: this.unknown === 'acknowledge',
      ...(traceparent !== '' && { trace: { traceparent, tracestate } }),
    };
  }

  /** Publishers write the time of their events with microseconds, so equal bodies are duplicates. */
  identifiesByBody({ data }: DecodedMessage): boolean {
    return data instanceof BusEvent && data.metadata.publishDate !== '';
  }
}

/** As it is written. */
const BUS_FORMAT: WireFormat = {
  attributes: EVENT_ATTRIBUTES,
  body: ({ payload }) => ({
    type: 'object',
    properties: {
      metadata: {
        type: 'object',
        properties: Object.fromEntries(
          Object.entries(NO_METADATA).map(([name, none]) => [name, { type: typeof none }]),
        ),
        required: ['eventName'],
      },
      payload: payload ?? { type: 'object' },
    },
    required: ['metadata', 'payload'],
  }),
};

/**
 * The codec of a queue or a topic of the bus.
 *
 * @param unknown what happens to events that no handler takes.
 */
export const busEventCodec = (unknown: UnknownEvents = 'acknowledge'): MessageCodec =>
  withFormat(new BusEventCodec(unknown), BUS_FORMAT);

const isWireEvent = (value: unknown): value is WireEvent =>
  isJsonObject(value) &&
  isJsonObject(value['payload']) &&
  isJsonObject(value['metadata']) &&
  typeof value['metadata']['eventName'] === 'string' &&
  typeof value['metadata']['publishDate'] === 'string';

function readEvent(body: unknown): WireEvent {
  if (!isJsonObject(body)) throw noEvent('it is not a JSON object');
  const parts = readSpelled(body, ['metadata', 'payload']);
  const metadata = readMetadata(parts.get('metadata'));
  const payload = parts.get('payload');
  if (!isJsonObject(payload)) throw noEvent('its payload is not an object');
  return new BusEvent(metadata, payload);
}

function readMetadata(value: unknown): BusEventMetadata {
  if (!isJsonObject(value)) throw noEvent('its metadata is not an object');
  const metadata: Record<string, unknown> = { ...NO_METADATA };
  for (const [name, given] of readSpelled(value, Object.keys(NO_METADATA))) {
    if (given === null) continue;
    if (typeof given !== typeof metadata[name]) {
      throw noEvent(`its ${name} must be a ${typeof metadata[name]}`);
    }
    metadata[name] = given;
  }
  const read = metadata as unknown as BusEventMetadata;
  if (read.eventName === '' || read.eventName.length > MAX_EVENT_NAME_LENGTH) {
    throw noEvent(`its eventName must have 1 to ${MAX_EVENT_NAME_LENGTH} characters`);
  }
  return read;
}

const noEvent = (why: string): InvalidMessageError =>
  new InvalidMessageError(`The message is not an event of the bus: ${why}`);
