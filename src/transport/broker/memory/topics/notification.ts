import type { WireAttribute } from '../../broker.js';
import type { OutgoingMessage } from '../../broker.js';
import { idOf } from '../stored-message.js';

/**
 * What SNS puts a message into, unless its subscription is raw.
 *
 * @param subscription its ARN.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html
 */
export function notification(
  { id, subject, body, attributes }: OutgoingMessage,
  topicArn: string,
  subscription: string,
  nowMs: number,
): string {
  const entries = Object.entries(attributes);
  return JSON.stringify({
    Type: 'Notification',
    MessageId: idOf(`${topicArn}#${id}`),
    TopicArn: topicArn,
    Subject: subject,
    Message: body,
    Timestamp: new Date(nowMs).toISOString(),
    SignatureVersion: '1',
    Signature: '',
    SigningCertURL: '',
    UnsubscribeURL: `?Action=Unsubscribe&SubscriptionArn=${subscription}`,
    ...(entries.length > 0 && {
      MessageAttributes: Object.fromEntries(entries.map(([name, one]) => [name, written(one)])),
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
