import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';

import { parseQueueArn } from '../../common/arn.js';
import { isJsonObject } from '../../common/objects.js';
import { InvalidEventError } from '../errors/index.js';

/** One message of an event, in the shape the SDK gives received messages. */
export interface EventRecord {
  readonly messageId: string;
  readonly message: Message;
  /** Account and name, as in the queue's ARN. */
  readonly account: string;
  readonly queue: string;
}

/**
 * Maximum messages of one event: Lambda's own limit.
 * https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
 */
const MAX_RECORDS = 10_000;

/**
 * Reads the event of an SQS event source.
 *
 * @throws InvalidEventError when it is anything else; no message is handled then.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
 */
export function readSqsEvent(event: unknown): readonly EventRecord[] {
  const records = isJsonObject(event) ? event['Records'] : undefined;
  if (!Array.isArray(records))
    throw new InvalidEventError('The event has no list of Records, so it is not an SQS event');
  if (records.length > MAX_RECORDS)
    throw new InvalidEventError(
      `The event has ${records.length} records, more than ${MAX_RECORDS}`,
    );
  return records.map(readRecord);
}

function readRecord(record: unknown, index: number): EventRecord {
  if (!isJsonObject(record) || record['eventSource'] !== 'aws:sqs')
    throw new InvalidEventError(`Record ${index} of the event is not an SQS record`);
  const { messageId, receiptHandle, body, eventSourceARN } = record;
  if (typeof messageId !== 'string' || messageId === '')
    throw new InvalidEventError(`Record ${index} of the event has no messageId`);
  if (typeof body !== 'string')
    throw new InvalidEventError(`Record ${index} of the event has no body`);
  const arn = typeof eventSourceARN === 'string' ? parseQueueArn(eventSourceARN) : undefined;
  if (!arn)
    throw new InvalidEventError(`Record ${index} of the event names no queue in eventSourceARN`);
  return {
    messageId,
    account: arn.account,
    queue: arn.name,
    message: {
      MessageId: messageId,
      ReceiptHandle: typeof receiptHandle === 'string' ? receiptHandle : messageId,
      Body: body,
      Attributes: texts(record['attributes']),
      MessageAttributes: messageAttributes(record['messageAttributes']),
    },
  };
}

const texts = (value: unknown): Record<string, string> =>
  Object.fromEntries(
    entriesOf(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );

function messageAttributes(value: unknown): Record<string, MessageAttributeValue> {
  return Object.fromEntries(
    entriesOf(value).flatMap(([name, attribute]) => {
      if (!isJsonObject(attribute)) return [];
      const { dataType, stringValue, binaryValue } = attribute;
      const read = {
        DataType: typeof dataType === 'string' ? dataType : 'String',
        ...(typeof stringValue === 'string' && { StringValue: stringValue }),
        ...(typeof binaryValue === 'string' && {
          BinaryValue: new Uint8Array(Buffer.from(binaryValue, 'base64')),
        }),
      };
      return [[name, read] as const];
    }),
  );
}

const entriesOf = (value: unknown): [string, unknown][] =>
  isJsonObject(value) ? Object.entries(value) : [];
