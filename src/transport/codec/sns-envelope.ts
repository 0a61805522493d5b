import { isJsonObject } from './json-body.js';

export interface Unwrapped {
  readonly body: string;
  /** Undefined when the message was no SNS notification: its own attributes count. */
  readonly attributes?: ReadonlyMap<string, string>;
}

// Parsing every raw body twice would double the cost of decoding; no envelope is without this text.
const MARK = '"TopicArn"';

/**
 * Takes a message out of the SNS notification envelope. Only the whole shape
 * counts as one, so that a user's own field called `Message` stays a field.
 * https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export function unwrapSnsEnvelope(body: string): Unwrapped {
  if (!body.includes(MARK)) return { body };
  let envelope: unknown;
  try {
    envelope = JSON.parse(body);
  } catch {
    return { body };
  }
  if (!isNotification(envelope)) return { body };
  return { body: envelope.Message, attributes: attributesOf(envelope.MessageAttributes) };
}

interface Notification {
  readonly Message: string;
  readonly MessageAttributes?: unknown;
}

function isNotification(value: unknown): value is Notification & Record<string, unknown> {
  return (
    isJsonObject(value) &&
    value['Type'] === 'Notification' &&
    ['Message', 'MessageId', 'TopicArn', 'Timestamp'].every((key) => typeof value[key] === 'string')
  );
}

function attributesOf(value: unknown): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  if (!isJsonObject(value)) return attributes;
  for (const [name, attribute] of Object.entries(value)) {
    if (isJsonObject(attribute) && typeof attribute['Value'] === 'string') {
      attributes.set(name, attribute['Value']);
    }
  }
  return attributes;
}
