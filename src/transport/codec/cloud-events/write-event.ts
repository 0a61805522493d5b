import { InvalidRecordError } from '../../errors/index.js';
import { isWireText } from '../attributes.js';
import type { EncodedMessage, MessageAttribute, OutgoingPacket } from '../message.codec.js';
import { wireJson } from '../wire-json.js';
import {
  attributeFault,
  BYTES_TYPE,
  CORRELATION_ID,
  isJsonType,
  JSON_TYPE,
  SPEC_VERSION,
  STRUCTURED_TYPE,
  type CloudEventAttributes,
} from './cloud-event.js';

/** An event without its data. */
type EventHeader = Record<string, string | boolean | number>;

/** @throws InvalidRecordError for an attribute that no CloudEvent has. */
export function headerOf(
  { id, pattern, data, correlationId }: OutgoingPacket,
  source: string,
  further: CloudEventAttributes,
): EventHeader {
  const header: EventHeader = {
    specversion: SPEC_VERSION,
    id,
    source,
    type: pattern,
    time: new Date().toISOString(),
    datacontenttype: data instanceof Uint8Array ? BYTES_TYPE : JSON_TYPE,
    ...(correlationId !== id && { [CORRELATION_ID]: correlationId }),
  };
  for (const [name, value] of Object.entries(further)) {
    const fault = attributeFault(name, value);
    if (fault !== undefined) throw unwritable(fault);
    header[name] = value;
  }
  return header;
}

/** The whole event as the body. https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md */
export function writeStructured(header: EventHeader, data: unknown): EncodedMessage {
  const contents =
    data instanceof Uint8Array
      ? { data_base64: Buffer.from(data).toString('base64') }
      : { data: isJsonType(String(header['datacontenttype'])) ? data : textOf(header, data) };
  return {
    body: wireJson({ ...header, ...contents }),
    attributes: { 'content-type': text(STRUCTURED_TYPE) },
  };
}

/** The data as the body, each attribute of the event as an attribute of the message. */
export function writeBinary(
  { datacontenttype: type = JSON_TYPE, ...header }: EventHeader,
  data: unknown,
): EncodedMessage {
  if (data instanceof Uint8Array)
    throw unwritable(
      'the body of an SQS message is text and cannot hold bytes: send them in the structured mode',
    );
  const body = isJsonType(String(type)) ? wireJson(data) : textOf({ datacontenttype: type }, data);
  if (!isWireText(body))
    throw unwritable(
      'its data is empty, or holds a character that SQS does not take: send it in the structured mode',
    );
  const attributes = Object.entries(header).map(([name, value]) => [
    `ce-${name}`,
    text(String(value)),
  ]);
  return {
    body,
    attributes: {
      ...(Object.fromEntries(attributes) as Record<string, MessageAttribute>),
      'content-type': text(String(type)),
    },
  };
}

const text = (value: string): MessageAttribute => ({ type: 'String', value });

function textOf({ datacontenttype: type }: EventHeader, data: unknown): string {
  if (typeof data === 'string') return data;
  throw unwritable(`data of the type ${type} is text or bytes`);
}

const unwritable = (why: string): InvalidRecordError =>
  new InvalidRecordError(`The CloudEvent cannot be written: ${why}`);
