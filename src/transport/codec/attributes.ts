import type { WireAttribute } from '../broker/broker.js';
import { InvalidRecordError } from '../errors/index.js';
import type { AttributeValue } from '../record/sns-sqs.record.js';
import { MAX_ATTRIBUTES } from '../sns-sqs.constants.js';
import type { MessageAttribute } from './message.codec.js';
import { wireJson } from './wire-json.js';

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
const NAME = /^(?!aws\.|amazon\.|\.)(?!.*\.\.)[\w.-]{1,256}(?<!\.)$/i;

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html
const VALUE = /^[\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]+$/u;

/** Whether SNS and SQS accept a text as a body or as the value of an attribute. */
export const isWireText = (text: string): boolean => VALUE.test(text);

/**
 * The numbers SNS and SQS accept: up to 38 digits, between 10^-128 and 10^126.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
 */
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i;
const MAX_DIGITS = 38;
const SMALLEST = 1e-128;
const LARGEST = 1e126;

function isNumber(text: string): boolean {
  const size = Math.abs(Number(text));
  const digits = text.replace(/e.*$/i, '').replace(/\D/g, '').replace(/^0+/, '');
  return (
    NUMBER.test(text) &&
    digits.length <= MAX_DIGITS &&
    (size === 0 || (size >= SMALLEST && size <= LARGEST))
  );
}

/** Types custom attributes: string → String, number → Number, list → String.Array, bytes → Binary. */
export function customAttributes(
  values: Readonly<Record<string, AttributeValue>>,
): Record<string, MessageAttribute> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, typed(name, value)]),
  );
}

function typed(name: string, value: AttributeValue): MessageAttribute {
  if (!NAME.test(name)) {
    throw new InvalidRecordError(
      `"${name}" is not an attribute name: letters, digits, _, - and single dots, not starting with "aws."`,
    );
  }
  if (typeof value === 'string' && value !== '') return { type: 'String', value };
  if (typeof value === 'number' && Number.isFinite(value))
    return { type: 'Number', value: String(value) };
  if (value instanceof Uint8Array && value.length > 0) return { type: 'Binary', value };
  if (Array.isArray(value)) return { type: 'String.Array', value: wireJson(value) };
  throw new InvalidRecordError(
    `The attribute "${name}" must be a non-empty string, a finite number, a list or bytes`,
  );
}

/**
 * All attributes of a message in the form of SNS and SQS.
 *
 * @throws InvalidRecordError for an eleventh attribute, and for a value that SNS and SQS refuse: it would fail the
 * whole batch.
 */
export function wireAttributes(
  attributes: Readonly<Record<string, MessageAttribute>>,
): Record<string, WireAttribute> {
  const entries = Object.entries(attributes);
  if (entries.length > MAX_ATTRIBUTES) {
    throw new InvalidRecordError(
      `A message has at most ${MAX_ATTRIBUTES} attributes, this one has ${entries.length}: ${entries.map(([name]) => name).join(', ')}`,
    );
  }
  for (const [name, { type, value }] of entries) {
    if (type === 'Binary') continue;
    if (!VALUE.test(value)) {
      throw new InvalidRecordError(
        `The attribute "${name}" is empty or holds a character that SNS and SQS do not accept`,
      );
    }
    if (type === 'Number' && !isNumber(value)) {
      throw new InvalidRecordError(
        `The attribute "${name}" is not a number that SNS and SQS accept: up to 38 digits, from 10^-128 to 10^126`,
      );
    }
  }
  return Object.fromEntries(
    entries.map(([name, { type, value }]) => [
      name,
      typeof value === 'string'
        ? { DataType: type, StringValue: value }
        : { DataType: type, BinaryValue: value },
    ]),
  );
}

/** Bytes as SNS and SQS count them: name, type and value of each attribute. */
export function attributeBytes(attributes: Readonly<Record<string, WireAttribute>>): number {
  let bytes = 0;
  for (const [name, attribute] of Object.entries(attributes)) {
    bytes +=
      Buffer.byteLength(name) +
      Buffer.byteLength(attribute.DataType) +
      ('StringValue' in attribute
        ? Buffer.byteLength(attribute.StringValue)
        : attribute.BinaryValue.byteLength);
  }
  return bytes;
}
