import type { WireAttribute } from '../../codec/attributes.js';
import type { OutgoingMessage } from '../broker.js';
import { idOf } from './stored-message.js';

export interface NotificationFacts {
  readonly topicArn: string;
  /** ARN of the subscription. */
  readonly subscription: string;
  readonly message: OutgoingMessage;
  readonly nowMs: number;
}

/**
 * What SNS puts a message into, unless its subscription is raw.
 *
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export function notification({
  topicArn,
  subscription,
  message,
  nowMs,
}: NotificationFacts): string {
  const { id, subject, body, attributes } = message;
  const names = Object.keys(attributes);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: idOf(`${topicArn}#${id}`),
    TopicArn: topicArn,
    ...(subject !== undefined && { Subject: subject }),
    Message: body,
    Timestamp: new Date(nowMs).toISOString(),
    SignatureVersion: '1',
    Signature: '',
    SigningCertURL: '',
    UnsubscribeURL: `?Action=Unsubscribe&SubscriptionArn=${subscription}`,
    ...(names.length > 0 && {
      MessageAttributes: Object.fromEntries(
        Object.entries(attributes).map(([name, attribute]) => [name, written(attribute)]),
      ),
    }),
  });
}

const written = (attribute: WireAttribute): { readonly Type: string; readonly Value: string } => ({
  Type: attribute.DataType,
  Value:
    'StringValue' in attribute
      ? attribute.StringValue
      : Buffer.from(attribute.BinaryValue).toString('base64'),
});
