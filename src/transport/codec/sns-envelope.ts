import { isJsonObject } from './json-body.js';
import { readEnvelopeAttributes, type ReceivedAttributes } from './received-attributes.js';

/**
 * Envelopes of SNS that a queue is to get. `wrapped`: a subscription wraps its messages. `unknown`: nobody looked at
 * the queue's subscriptions. A list: every subscription is raw, so that only what names one of these topics is one,
 * such as while a subscription is changed.
 */
export type ExpectedEnvelopes = 'wrapped' | 'unknown' | readonly string[];

export interface Unwrapped {
  readonly body: string;
  /** Undefined when the message was no SNS notification: its own attributes count. */
  readonly attributes?: ReceivedAttributes;
}

// Parsing every raw body twice would double the cost of decoding; no envelope is without this text.
const MARK = '"Notification"';

/** What AWS always writes. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const ALWAYS = ['MessageId', 'TopicArn', 'Timestamp'] as const;

/**
 * Takes a message out of the SNS notification envelope. What the topology does not say to expect is left as it is: a
 * sender who may write a body must not pass it off as a message of a topic. Where a subscription wraps its messages,
 * `Type` and `Message` are enough; elsewhere only the whole shape counts, so that a user's own field called `Message`
 * stays a field.
 */
export function unwrapSnsEnvelope(body: string, expected: ExpectedEnvelopes): Unwrapped {
  if (!body.includes(MARK)) return { body };
  let envelope: unknown;
  try {
    envelope = JSON.parse(body);
  } catch {
    return { body };
  }
  if (!isNotification(envelope) || !isExpected(envelope, expected)) return { body };
  return {
    body: envelope.Message,
    attributes: readEnvelopeAttributes(envelope['MessageAttributes']),
  };
}

type Notification = Record<string, unknown> & { readonly Message: string };

const isNotification = (value: unknown): value is Notification =>
  isJsonObject(value) &&
  value['Type'] === 'Notification' &&
  typeof value['Message'] === 'string' &&
  ALWAYS.every((key) => value[key] === undefined || typeof value[key] === 'string');

function isExpected(envelope: Notification, expected: ExpectedEnvelopes): boolean {
  if (expected === 'wrapped') return true;
  if (ALWAYS.some((key) => envelope[key] === undefined)) return false;
  return expected === 'unknown' || expected.includes(String(envelope['TopicArn']));
}
