import { gunzipSync, gzipSync } from 'node:zlib';

import type { BrokerMessage } from '../broker/broker.queue.js';
import { InvalidMessageError } from '../errors/index.js';
import { SQS_MAX_BYTES } from '../sns-sqs.constants.js';

/**
 * Name of the attribute of a dead letter whose body was packed to make room for its reason: a String, `gzip+base64`.
 * After a redrive, such a message is unpacked before it is read; by hand: `base64 -d | gunzip`.
 *
 * @example
 * const packed = message.MessageAttributes?.[DEAD_LETTER_ENCODING] !== undefined;
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html
 */
export const DEAD_LETTER_ENCODING = 'deadLetterEncoding';
export const GZIP_BASE64 = 'gzip+base64';

export const packed = (body: string): string => gzipSync(body).toString('base64');

/**
 * The body as it was sent.
 *
 * @throws InvalidMessageError when the attribute says that the body is packed and it is not, or unpacked it would be
 * larger than SQS accepts.
 */
export function unpacked({
  Body: body = '',
  MessageAttributes: attributes,
}: BrokerMessage): string {
  if (attributes?.[DEAD_LETTER_ENCODING]?.StringValue !== GZIP_BASE64) return body;
  try {
    const bytes = gunzipSync(Buffer.from(body, 'base64'), { maxOutputLength: SQS_MAX_BYTES });
    return bytes.toString();
  } catch (cause) {
    throw new InvalidMessageError(
      `The body cannot be unpacked, though the attribute ${DEAD_LETTER_ENCODING} says that it is ${GZIP_BASE64}`,
      { cause },
    );
  }
}
