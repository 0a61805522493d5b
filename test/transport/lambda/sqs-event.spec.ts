import { describe, expect, it } from '@jest/globals';
import { InvalidEventError } from '../../../src/transport/index.js';
import { readSqsEvent } from '../../../src/transport/lambda/sqs-event.js';

const RECORD = {
  messageId: 'm-1',
  receiptHandle: 'handle',
  body: '{}',
  attributes: { ApproximateReceiveCount: '3', MessageGroupId: 'g' },
  messageAttributes: {
    pattern: { stringValue: 'job.run', dataType: 'String', stringListValues: [] },
    count: { stringValue: '7', dataType: 'Number' },
    bytes: { binaryValue: 'AAH/', dataType: 'Binary' },
  },
  eventSource: 'aws:sqs',
  eventSourceARN: 'arn:aws:sqs:eu-west-1:123456789012:jobs.fifo',
};

describe('an SQS event', () => {
  it('is read into messages as the SDK receives them', () => {
    expect(readSqsEvent({ Records: [RECORD] })).toEqual([
      {
        messageId: 'm-1',
        account: '123456789012',
        queue: 'jobs.fifo',
        message: {
          MessageId: 'm-1',
          ReceiptHandle: 'handle',
          Body: '{}',
          Attributes: { ApproximateReceiveCount: '3', MessageGroupId: 'g' },
          MessageAttributes: {
            pattern: { DataType: 'String', StringValue: 'job.run' },
            count: { DataType: 'Number', StringValue: '7' },
            bytes: { DataType: 'Binary', BinaryValue: new Uint8Array([0, 1, 255]) },
          },
        },
      },
    ]);
  });

  it('may be of any partition, and have no messages', () => {
    const eventSourceARN = 'arn:aws-cn:sqs:cn-north-1:123456789012:jobs';
    expect(readSqsEvent({ Records: [{ ...RECORD, eventSourceARN }] })).toMatchObject([
      { queue: 'jobs' },
    ]);
    expect(readSqsEvent({ Records: [] })).toEqual([]);
  });

  it('with attributes of odd shapes is read without them', () => {
    const odd = { ...RECORD, attributes: { a: 1 }, messageAttributes: { b: 'c', d: null } };
    expect(readSqsEvent({ Records: [odd] })[0]?.message).toMatchObject({
      Attributes: {},
      MessageAttributes: {},
    });
  });

  it.each([
    ['nothing', undefined, 'no list of Records'],
    ['a text', 'Records', 'no list of Records'],
    ['an API call', { httpMethod: 'GET' }, 'no list of Records'],
    ['Records that are no list', { Records: {} }, 'no list of Records'],
    [
      'an event of S3',
      { Records: [{ eventSource: 'aws:s3' }] },
      'Record 0 of the event is not an SQS record',
    ],
    [
      'a record that is null',
      { Records: [RECORD, null] },
      'Record 1 of the event is not an SQS record',
    ],
    ['a record without an id', { Records: [{ ...RECORD, messageId: '' }] }, 'no messageId'],
    ['a record without a body', { Records: [{ ...RECORD, body: {} }] }, 'no body'],
    ['a record of no queue', { Records: [{ ...RECORD, eventSourceARN: 'jobs' }] }, 'no queue'],
    [
      'a record of SNS',
      { Records: [{ ...RECORD, eventSourceARN: 'arn:aws:sns:r:1:t' }] },
      'no queue',
    ],
    ['too many records', { Records: Array.from({ length: 10_001 }, () => RECORD) }, 'more than'],
  ])('is not %s', (_what, event, problem) => {
    expect(() => readSqsEvent(event)).toThrow(InvalidEventError);
    expect(() => readSqsEvent(event)).toThrow(problem);
  });
});
