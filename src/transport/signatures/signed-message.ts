import { parseTopicArn } from '../../common/arn.js';
import { isJsonObject } from '../../common/objects.js';
import { InvalidSignatureError } from '../errors/index.js';

/** The kinds of message that SNS signs. https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html */
export type SignedType = 'Notification' | 'SubscriptionConfirmation' | 'UnsubscribeConfirmation';

/** A message of SNS with all fields that its signature covers. */
export interface SignedMessage {
  /** The kind of message. */
  readonly type: SignedType;
  /** The same at every delivery of the message. */
  readonly messageId: string;
  /** ARN of the topic that the message belongs to. */
  readonly topicArn: string;
  /** ISO 8601, UTC: when SNS accepted the message. */
  readonly timestamp: string;
  /** The published message; in a confirmation, a text for people. */
  readonly message: string;
  /** Confirms a subscription. Absent in a notification. */
  readonly token: string | undefined;
  /** `1`: RSA over SHA-1. `2`: over SHA-256. */
  readonly version: '1' | '2';
  /** As bytes. */
  readonly signature: Buffer;
  /** URL of the certificate; checked before it is fetched. */
  readonly certificateUrl: string;
  /** The signed text. */
  readonly canonical: string;
}

/** https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html */
const NOTIFICATION = ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'] as const;
const CONFIRMATION = [
  'Message',
  'MessageId',
  'SubscribeURL',
  'Timestamp',
  'Token',
  'TopicArn',
  'Type',
] as const;

/**
 * The form of each value. Only `Message` may contain line breaks, which separate the parts of the canonical text:
 * otherwise two different messages could have the same text and signature.
 */
const FORMS: Readonly<Record<string, RegExp>> = {
  Message: /^/,
  MessageId: /^[\w-]{1,100}$/,
  Subject: /^[^\p{Cc}\p{Zl}\p{Zp}]{0,400}$/u,
  SubscribeURL: /^https?:\/\/[^\s\p{Cc}]{1,2000}$/u,
  Timestamp: /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/,
  Token: /^[\w-]{1,1000}$/,
  TopicArn: /^arn:/,
  Type: /^(Notification|(Subscription|Unsubscribe)Confirmation)$/,
};

/** RSA of 2048 to 4096 bits, in base64. */
const SIGNATURE = /^[A-Za-z\d+/]{300,700}={0,2}$/;
const MAX_URL_LENGTH = 300;

/**
 * Reads a message that claims to be signed by SNS.
 *
 * @throws InvalidSignatureError naming a field that is missing or malformed.
 */
export function readSigned(value: unknown): SignedMessage {
  if (!isJsonObject(value)) throw unsigned('it is not a JSON object');
  const type = textOf(value, 'Type');
  const topicArn = textOf(value, 'TopicArn');
  if (!parseTopicArn(topicArn)) throw unsigned('its TopicArn is not the ARN of a topic');
  const { SignatureVersion: version, Signature: signature, SigningCertURL: url } = value;
  if (version !== '1' && version !== '2') throw unsigned('its SignatureVersion is neither 1 nor 2');
  if (typeof signature !== 'string' || !SIGNATURE.test(signature))
    throw unsigned('it has no Signature');
  if (typeof url !== 'string' || url.length > MAX_URL_LENGTH)
    throw unsigned('it has no SigningCertURL');
  const keys = type === 'Notification' ? NOTIFICATION : CONFIRMATION;
  const parts = keys.flatMap((key) =>
    key === 'Subject' && typeof value[key] !== 'string' ? [] : [key, textOf(value, key)],
  );
  return {
    type: type as SignedType,
    messageId: textOf(value, 'MessageId'),
    topicArn,
    timestamp: textOf(value, 'Timestamp'),
    message: textOf(value, 'Message'),
    token: type === 'Notification' ? undefined : textOf(value, 'Token'),
    version,
    signature: Buffer.from(signature, 'base64'),
    certificateUrl: url,
    canonical: `${parts.join('\n')}\n`,
  };
}

function textOf(value: Readonly<Record<string, unknown>>, key: string): string {
  const text = value[key];
  if (typeof text === 'string' && FORMS[key]?.test(text)) return text;
  throw unsigned(`it has no ${key}, or one of another form`);
}

const unsigned = (why: string): InvalidSignatureError =>
  new InvalidSignatureError(`The message is not one that SNS has signed: ${why}`);
