import { describe, expect, it } from '@jest/globals';
import {
  differing,
  queuesToMake,
} from '../../../../src/transport/topology/declare/queue-settings.js';

const KEY = 'arn:aws:kms:eu-west-1:123456789012:key/0ab1';

describe('the queues of a topology', () => {
  it('are those it names and their dead-letter queues, with the same tags and encryption', () => {
    const made = queuesToMake([
      { name: 'jobs', patterns: [], tags: { team: 'a' }, encryption: { kmsKeyId: 'alias/jobs' } },
      { name: 'https://sqs.eu-west-1.amazonaws.com/1/theirs', patterns: [] },
    ]);
    expect(made.map(({ name }) => name)).toEqual(['jobs-dlq', 'jobs']);
    for (const queue of made) {
      expect(queue.tags).toEqual({ team: 'a' });
      expect(queue.attributes).toMatchObject({
        KmsMasterKeyId: 'alias/jobs',
        SqsManagedSseEnabled: 'false',
      });
    }
  });

  it('have one declaration each: that of a dead-letter queue wins over what it would be by default', () => {
    const dead = { name: 'jobs-dlq', patterns: [], retentionS: 60, deadLetter: false } as const;
    for (const order of [
      [dead, { name: 'jobs', patterns: [] }],
      [{ name: 'jobs', patterns: [] }, dead],
    ]) {
      const made = queuesToMake(order);
      expect(made).toHaveLength(2);
      expect(made.find(({ name }) => name === 'jobs-dlq')?.attributes).toMatchObject({
        MessageRetentionPeriod: '60',
        VisibilityTimeout: '30',
      });
    }
  });
});

const redrive = (maxReceiveCount: unknown) =>
  JSON.stringify({ maxReceiveCount, deadLetterTargetArn: 'arn:aws:sqs:r:1:dead' });

describe('the attributes of a queue', () => {
  it.each([
    [{ VisibilityTimeout: '30' }, { VisibilityTimeout: '30' }],
    [{ RedrivePolicy: redrive('5') }, { RedrivePolicy: redrive(5) }],
    [{}, { RedrivePolicy: '', KmsMasterKeyId: '', SqsManagedSseEnabled: 'false' }],
    [{ KmsMasterKeyId: KEY }, { KmsMasterKeyId: '0ab1' }],
    [{ KmsMasterKeyId: 'alias/jobs' }, { KmsMasterKeyId: 'arn:aws:kms:r:1:alias/jobs' }],
    [{ KmsMasterKeyId: KEY }, { KmsMasterKeyId: KEY, KmsDataKeyReusePeriodSeconds: '300' }],
  ])('%j are as wanted: %j', (is, wanted) => {
    expect(differing(is, wanted)).toEqual([]);
  });

  it.each([
    [{ VisibilityTimeout: '30' }, { VisibilityTimeout: '31' }],
    [{}, { MessageRetentionPeriod: '60' }],
    [{ RedrivePolicy: redrive(5) }, { RedrivePolicy: redrive(6) }],
    [{ RedrivePolicy: redrive(5) }, { RedrivePolicy: '' }],
    [{ KmsMasterKeyId: KEY }, { KmsMasterKeyId: '' }],
    [{ KmsMasterKeyId: KEY }, { KmsMasterKeyId: 'b1' }],
    [{ KmsMasterKeyId: 'alias/jobs' }, { KmsMasterKeyId: 'jobs' }],
    [{ SqsManagedSseEnabled: 'true' }, { SqsManagedSseEnabled: 'false' }],
  ])('%j are not as wanted: %j', (is, wanted) => {
    expect(differing(is, wanted)).toEqual(Object.keys(wanted));
  });
});
