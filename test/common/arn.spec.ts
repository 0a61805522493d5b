import { describe, expect, it } from '@jest/globals';
import { assert, constantFrom, property, stringMatching } from 'fast-check';
import {
  accountOf,
  parseArn,
  parseQueueArn,
  parseTopicArn,
  partitionOf,
  regionOf,
  siblingArn,
} from '../../src/common/arn.js';

const ORDERS = 'arn:aws:sqs:eu-central-1:111122223333:orders';

describe('ARNs', () => {
  it.each([
    ['a queue', ORDERS, ['aws', 'sqs', 'eu-central-1', '111122223333', 'orders']],
    [
      'a topic in China',
      'arn:aws-cn:sns:cn-north-1:111122223333:orders.fifo',
      ['aws-cn', 'sns', 'cn-north-1', '111122223333', 'orders.fifo'],
    ],
    [
      'a subscription',
      'arn:aws-us-gov:sns:us-gov-west-1:111122223333:orders:0f0e',
      ['aws-us-gov', 'sns', 'us-gov-west-1', '111122223333', 'orders:0f0e'],
    ],
    [
      'an object of S3, without region and account',
      'arn:aws:s3:::files/a b.json'.replace(' ', '-'),
      ['aws', 's3', '', '', 'files/a-b.json'],
    ],
    [
      'a policy of AWS itself',
      'arn:aws:iam::aws:policy/ReadOnlyAccess',
      ['aws', 'iam', '', 'aws', 'policy/ReadOnlyAccess'],
    ],
  ])('the parts of %s are read', (_what, text, parts) => {
    expect(Object.values(parseArn(text) ?? {})).toEqual(parts);
  });

  it.each([
    ['a name', 'orders'],
    ['a URL', 'https://sqs.eu-central-1.amazonaws.com/111122223333/orders'],
    ['a partition that is not AWS', 'arn:gcp:sqs:eu-central-1:111122223333:orders'],
    ['too few parts', 'arn:aws:sqs:eu-central-1:111122223333'],
    ['no resource', 'arn:aws:s3:::'],
    ['white space behind it', `${ORDERS} `],
    ['a line break behind it', `${ORDERS}\n`],
    ['more characters than any ARN has', `arn:aws:s3:::${'a'.repeat(3000)}`],
  ])('%s is no ARN', (_what, text) => {
    expect(parseArn(text)).toBeUndefined();
  });

  it.each([
    ['a topic', 'arn:aws:sns:eu-central-1:111122223333:orders'],
    ['a queue without a region', 'arn:aws:sqs::111122223333:orders'],
    ['a queue without an account', 'arn:aws:sqs:eu-central-1::orders'],
    ['a queue of an account with eleven digits', 'arn:aws:sqs:eu-central-1:11112222333:orders'],
    ['a queue with another resource behind it', `${ORDERS}:more`],
    ['a queue with a point in its name', 'arn:aws:sqs:eu-central-1:111122223333:orders.new'],
    ['a queue whose name and .fifo exceed 80 characters', `${ORDERS}${'s'.repeat(70)}.fifo`],
  ])('%s has no ARN of a queue', (_what, text) => {
    expect(parseQueueArn(text)).toBeUndefined();
  });

  it('the ARN of a subscription is no ARN of a topic', () => {
    expect(parseTopicArn('arn:aws:sns:eu-central-1:111122223333:orders:0f0e')).toBeUndefined();
    expect(parseTopicArn('arn:aws:sns:eu-central-1:111122223333:orders')?.name).toBe('orders');
  });

  it('the ARN of a neighbour differs by its name alone', () => {
    assert(
      property(
        constantFrom('aws', 'aws-cn', 'aws-us-gov'),
        stringMatching(/^\d{12}$/),
        stringMatching(/^[\w-]{1,70}(\.fifo)?$/),
        stringMatching(/^[\w-]{1,70}(\.fifo)?$/),
        (partition, account, name, other) => {
          const arn = `arn:${partition}:sqs:eu-west-1:${account}:${name}`;
          expect(parseQueueArn(arn)).toEqual({ partition, region: 'eu-west-1', account, name });
          expect([partitionOf(arn), regionOf(arn), accountOf(arn)]).toEqual([
            partition,
            'eu-west-1',
            account,
          ]);
          expect(siblingArn(siblingArn(arn, other), name)).toBe(arn);
        },
      ),
    );
  });
});
