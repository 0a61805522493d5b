import { isJsonObject } from '../../common/objects.js';
import { readEnvelopeAttributes, withOwn, type ReceivedAttributes } from './received-attributes.js';

/**
 * Envelopes of SNS that a queue is to get. `wrapped`: a subscription wraps its messages. `unknown`: nobody looked at
 * the queue's subscriptions. A list: every subscription is raw, so that only what names one of these topics is one,
 * such as while a subscription is changed.
 */
export type ExpectedEnvelopes = 'wrapped' | 'unknown' | readonly string[];

/** Which further envelopes are undone. */
export interface NestedEnvelopes {
  /** ARNs of the topics whose envelopes are believed, wherever they are. */
  readonly topics: readonly string[];
  /** Envelopes within one another. */
  readonly depth: number;
}

/** A notification as SNS wraps it. */
export type Notification = Readonly<Record<string, unknown>> & { readonly Message: string };

export interface Unwrapped {
  readonly body: string;
  /** Undefined when the message was no SNS notification: its own attributes count. */
  readonly attributes?: ReceivedAttributes;
  /** What was undone, the outermost first; undefined for nothing. */
  readonly envelopes?: readonly Notification[];
}

// Parsing every raw body twice would double the cost of decoding; no envelope is without this text.
const MARK = '"Notification"';

/** What AWS always writes. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const ALWAYS = ['MessageId', 'TopicArn', 'Timestamp'] as const;

/**
 * Takes a message out of the SNS notification envelope, or of several. What the topology does not say to expect is left as it is: a
 * sender who may write a body must not pass it off as a message of a topic. Where a subscription wraps its messages,
 * `Type` and `Message` are enough; elsewhere only the whole shape counts, so that a user's own field called `Message`
 * stays a field.
 */
export function unwrapSnsEnvelope(
  body: string,
  expected: ExpectedEnvelopes,
  nested: NestedEnvelopes = OUTERMOST,
): Unwrapped {
  const outer = readNotification(body);
  if (!outer) return { body };
  if (!isExpected(outer, expected) && !isExpected(outer, nested.topics)) return { body };
  const envelopes = [outer];
  for (let last = outer; envelopes.length < nested.depth;) {
    const inner = readNotification(last.Message);
    if (!inner || !isExpected(inner, nested.topics)) break;
    envelopes.push(inner);
    last = inner;
  }
  // Outer ones win: they are nearer to SNS, and an inner envelope is text of its publisher.
  const attributes = envelopes
    .map((envelope) => readEnvelopeAttributes(envelope['MessageAttributes']))
    .reduceRight((inner, around) => withOwn(inner, around));
  return { body: envelopes.at(-1)?.Message ?? body, attributes, envelopes };
}

const OUTERMOST: NestedEnvelopes = { topics: [], depth: 1 };

function readNotification(body: string): Notification | undefined {
  if (!body.includes(MARK)) return undefined;
  let envelope: unknown;
  try {
    envelope = JSON.parse(body);
  } catch {
    return undefined;
  }
  return isNotification(envelope) ? envelope : undefined;
}

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
