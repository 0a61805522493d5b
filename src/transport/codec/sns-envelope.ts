import { isJsonObject } from '../../common/objects.js';
import { readEnvelopeAttributes, withOwn, type ReceivedAttributes } from './received-attributes.js';

/**
 * The SNS envelopes to expect on a queue. `wrapped`: a subscription wraps its messages. `unknown`: the queue's
 * subscriptions were not looked up. A list of topic ARNs: every subscription is raw, so that only a body naming one of
 * these topics counts as an envelope, such as while a subscription is being changed.
 */
export type ExpectedEnvelopes = 'wrapped' | 'unknown' | readonly string[];

/** Which nested envelopes are removed. */
export interface NestedEnvelopes {
  /** ARNs of the topics whose envelopes are trusted at any depth. */
  readonly topics: readonly string[];
  /** Maximum number of nested envelopes. */
  readonly depth: number;
}

/** The envelope of an SNS notification. */
export type Notification = Readonly<Record<string, unknown>> & { readonly Message: string };

interface Unwrapped {
  readonly body: string;
  /** Undefined when the message was no SNS notification; then its own attributes count. */
  readonly attributes?: ReceivedAttributes;
  /** The removed envelopes, the outermost first; undefined for none. */
  readonly envelopes?: readonly Notification[];
}

// A cheap test, as every envelope has this text: parsing every raw body twice would double the cost of decoding.
const MARK = '"Notification"';

/** Fields that AWS always writes. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
const ALWAYS = ['MessageId', 'TopicArn', 'Timestamp'] as const;

/**
 * Takes a message out of its SNS envelope, or of several nested ones. Envelopes that the topology does not expect stay:
 * a sender must not pass a body off as a topic's message. If a subscription wraps its messages, `Type` and `Message`
 * are enough; otherwise the body must have the whole shape, so that a user's own field called `Message` stays a field.
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
  // Outer envelopes take precedence: SNS wrote them, whereas an inner one is text of its publisher.
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
