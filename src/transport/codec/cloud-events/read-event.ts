import { isJsonObject } from '../../../common/objects.js';
import { InvalidMessageError } from '../../errors/index.js';
import { parseJson } from '../json-body.js';
import type { DecodedMessage, ReceivedMessage } from '../message.codec.js';
import {
  CORRELATION_ID,
  isAttributeName,
  isJsonType,
  isTime,
  isUri,
  REQUIRED,
  SPEC_VERSION,
  TEXTS,
  type CloudEventValue,
} from './cloud-event.js';

/** Attributes of a binary event are message attributes with a prefix, as over HTTP, NATS and Pub/Sub, or as over Kafka. */
const PREFIXES = ['ce-', 'ce_'] as const;
const ANY_FORMAT = /^application\/cloudevents/i;
const JSON_FORMAT = /^application\/cloudevents\+json\s*(;|$)/i;

/** The mode of a CloudEvent; undefined when the message does not say that it is one. */
export function modeOf({ attributes }: ReceivedMessage): 'structured' | 'binary' | undefined {
  const type = contentType(attributes);
  if (type !== undefined && ANY_FORMAT.test(type)) return 'structured';
  return prefixOf(attributes) === undefined ? undefined : 'binary';
}

/** @throws InvalidMessageError when the message is no CloudEvent. */
export function readEvent(message: ReceivedMessage): DecodedMessage {
  return modeOf(message) === 'binary' ? readBinary(message) : readStructured(message);
}

/** The body is the whole event. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
function readStructured({ body, attributes }: ReceivedMessage): DecodedMessage {
  const type = contentType(attributes);
  if (type !== undefined && ANY_FORMAT.test(type) && !JSON_FORMAT.test(type))
    throw notOne('its format is not the JSON of one event');
  const event = parseJson(body);
  if (!isJsonObject(event)) throw notOne('it is not a JSON object');
  const { data, data_base64: base64, ...rest } = event;
  const header = checked(Object.entries(rest));
  if (base64 === undefined || base64 === null) return decoded(header, data ?? null);
  if (data !== undefined) throw notOne('it has both data and data_base64');
  if (typeof base64 !== 'string' || !isBase64(base64))
    throw notOne('its data_base64 is not base64');
  const bytes = Buffer.from(base64, 'base64');
  const isJson =
    header['datacontenttype'] !== undefined && isJsonType(textOf(header, 'datacontenttype'));
  return decoded(header, isJson ? parseJson(bytes.toString()) : new Uint8Array(bytes));
}

/** The body is the data; all else is in attributes. */
function readBinary({ body, attributes }: ReceivedMessage): DecodedMessage {
  const prefix = prefixOf(attributes) ?? PREFIXES[0];
  const named = [...attributes].flatMap(([name, value]): [string, unknown][] =>
    name.startsWith(prefix) ? [[name.slice(prefix.length), value]] : [],
  );
  const type = contentType(attributes);
  const header = checked([
    ...named,
    ...(type === undefined ? [] : [['datacontenttype', type] as const]),
  ]);
  return decoded(header, isJsonType(type) ? parseJson(body) : body);
}

type Header = Readonly<Record<string, CloudEventValue>>;

/** Drops fields whose names no attribute can have (another program's), and nulls (attributes that are not set). */
function checked(entries: readonly (readonly [string, unknown])[]): Header {
  const header: Record<string, CloudEventValue> = {};
  for (const [name, value] of entries) {
    if (!isAttributeName(name) || value === null) continue;
    if (typeof value === 'object' || value === undefined)
      throw notOne(`its attribute ${name} is not a single value`);
    header[name] = value as CloudEventValue;
  }
  if (header['specversion'] !== SPEC_VERSION)
    throw notOne(`its specversion is not ${SPEC_VERSION}`);
  for (const name of REQUIRED)
    if (textOf(header, name) === undefined) throw notOne(`it has no ${name}`);
  if (!isUri(header['source'])) throw notOne('its source is not a URI-reference');
  for (const name of TEXTS)
    if (header[name] !== undefined && textOf(header, name) === undefined)
      throw notOne(`its ${name} is not a string`);
  if (header['time'] !== undefined && !isTime(header['time']))
    throw notOne('its time is not an RFC 3339 timestamp');
  return header;
}

function decoded(header: Header, data: unknown): DecodedMessage {
  const id = textOf(header, 'id') ?? '';
  return {
    pattern: textOf(header, 'type') ?? '',
    data,
    // Ids are unique within one source: two sources may both count from 1. A space separates them, as a source holds
    // none.
    id: `${textOf(header, 'source')} ${id}`,
    correlationId: textOf(header, CORRELATION_ID) ?? id,
    header,
  };
}

/** Undefined when it is no text, or empty. */
function textOf(header: Header, name: string): string | undefined {
  const value = header[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

const prefixOf = (attributes: ReadonlyMap<string, string>): string | undefined =>
  PREFIXES.find((prefix) => attributes.has(`${prefix}specversion`));

/** Senders differ in the case of this attribute's name. */
function contentType(attributes: ReadonlyMap<string, string>): string | undefined {
  for (const [name, value] of attributes) if (name.toLowerCase() === 'content-type') return value;
  return undefined;
}

const isBase64 = (text: string): boolean =>
  text.length % 4 === 0 && /^[A-Za-z\d+/]*={0,2}$/.test(text);

const notOne = (why: string): InvalidMessageError =>
  new InvalidMessageError(`The message is not a CloudEvent: ${why}`);
