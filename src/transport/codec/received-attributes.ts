import { isJsonObject } from '../../common/objects.js';
import type { BrokerAttribute } from '../broker/broker.queue.js';

/** Attributes of a received message: texts and bytes. */
export interface ReceivedAttributes {
  readonly texts: ReadonlyMap<string, string>;
  /** Of the type Binary. */
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

/** Most messages have none. */
const NO_BYTES: ReadonlyMap<string, Uint8Array> = new Map();

/** Reads the attributes of an SQS message. */
export function readAttributes(
  attributes: Readonly<Record<string, BrokerAttribute>> = {},
): ReceivedAttributes {
  const texts = new Map<string, string>();
  let bytes: Map<string, Uint8Array> | undefined;
  for (const name of Object.keys(attributes)) {
    const { StringValue: text, BinaryValue: binary } = attributes[name] ?? {};
    if (text !== undefined) texts.set(name, text);
    else if (binary !== undefined)
      bytes = (bytes ?? new Map<string, Uint8Array>()).set(name, binary);
  }
  return { texts, bytes: bytes ?? NO_BYTES };
}

/** Reads the attributes in an SNS envelope, where bytes are base64. */
export function readEnvelopeAttributes(value: unknown): ReceivedAttributes {
  const texts = new Map<string, string>();
  const bytes = new Map<string, Uint8Array>();
  for (const [name, attribute] of Object.entries(isJsonObject(value) ? value : {})) {
    if (!isJsonObject(attribute)) continue;
    const { Type: type, Value: text } = attribute;
    if (typeof text !== 'string') continue;
    if (typeof type === 'string' && /^Binary(\.|$)/.test(type))
      bytes.set(name, new Uint8Array(Buffer.from(text, 'base64')));
    else texts.set(name, text);
  }
  return { texts, bytes };
}

/**
 * The message's own attributes take precedence: SQS vouches for them, but an envelope is text that a sender could have
 * written.
 */
export const withOwn = (
  envelope: ReceivedAttributes,
  own: ReceivedAttributes,
): ReceivedAttributes => ({
  texts: new Map([...envelope.texts, ...own.texts]),
  bytes: new Map([...envelope.bytes, ...own.bytes]),
});

/** Attributes that only say how to read a message; none of them selects a handler. */
const HARMLESS: ReadonlySet<string> = new Set(['content-encoding', 'traceparent', 'tracestate']);

/** Drops the attributes that SNS does not sign: a signed message could be sent again with other ones. */
export const harmless = ({ texts }: ReceivedAttributes): ReceivedAttributes => ({
  texts: new Map([...texts].filter(([name]) => HARMLESS.has(name.toLowerCase()))),
  bytes: NO_BYTES,
});
