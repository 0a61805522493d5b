import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defineTopology, TopologyError } from '../../../src/transport/index.js';
import { planTopology, type QueueDeclaration } from '../../../src/transport/topology/index.js';
import { cloudFormation, terraformJson } from '../../../src/transport/topology/export/index.js';
import { bindTopology } from '../../../src/transport/topology/index.js';
import { TestStack, unique } from '../../support/transport.js';

const RULE = 'arn:aws:events:us-east-1:000000000000:rule/nightly';

const declare = (name: string, parts: Partial<QueueDeclaration> = {}) =>
  defineTopology({
    topics: [{ name }],
    queues: [
      {
        name,
        patterns: ['s3.*'],
        from: [{ topic: name, deadLetter: `${name}-lost` }],
        senders: [{ bucket: 'uploads' }, { rule: RULE }],
        maxMessageBytes: 2048,
        ...parts,
      },
      { name: `${name}-dlq`, patterns: [], deadLetter: false, redriveAllow: [name] },
      { name: `${name}-lost`, patterns: [], deadLetter: false },
    ],
  });

const fifo = defineTopology({
  topics: [{ name: 'x.fifo', highThroughput: true }],
  queues: [
    { name: 'x.fifo', patterns: [], from: [{ topic: 'x.fifo' }], highThroughput: true },
    { name: 'y.fifo', patterns: [], highThroughput: false },
  ],
});

describe('senders, redrive-allow policies and undelivered messages', () => {
  let stack: TestStack;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    stack = await TestStack.start();
  });
  afterAll(async () => {
    Logger.overrideLogger(['error', 'warn', 'log']);
    await stack.stop();
  });

  it('are made, found as declared, and named where they differ', async () => {
    const name = unique('uploads');
    await bindTopology(declare(name), stack.aws, 'create');
    await bindTopology(declare(name), stack.aws, 'verify');
    const other = declare(name, { senders: [{ bucket: 'others' }], maxMessageBytes: 4096 });
    expect((await planTopology(other, stack.aws)).differences).toEqual([
      `queue ${name}: MaximumMessageSize is 2048, declared 4096`,
      `queue ${name}: its policy does not let the bucket arn:aws:s3:::others send to it`,
      `queue ${name}: its policy lets the bucket arn:aws:s3:::uploads send to it, which is not declared`,
      `queue ${name}: its policy lets the rule ${RULE} send to it, which is not declared`,
    ]);
    await bindTopology(other, stack.aws, 'create');
    await bindTopology(other, stack.aws, 'verify');
  });
});

describe('exports of further settings', () => {
  it('to CloudFormation have policies, scopes and redrive permissions', () => {
    const { Resources: resources } = cloudFormation(declare('u'));
    const text = JSON.stringify(resources);
    expect(resources['QueueUDlq']?.Properties['RedriveAllowPolicy']).toEqual({
      redrivePermission: 'byQueue',
      sourceQueueArns: [
        { 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:u' },
      ],
    });
    for (const part of ['WeftTopics', 'WeftBuckets', 'WeftRules', 'WeftUndelivered', RULE])
      expect(text).toContain(part);
    expect(text).toContain('{"aws:SourceAccount":[{"Ref":"AWS::AccountId"}]}');
    expect(JSON.stringify(cloudFormation(fifo))).toContain('"FifoThroughputScope":"MessageGroup"');
    expect(JSON.stringify(cloudFormation(fifo))).toContain(
      '"DeduplicationScope":"messageGroup","FifoThroughputLimit":"perMessageGroupId"',
    );
  });

  it('to Terraform name account, partition and region by data of the provider', () => {
    const { data, resource } = terraformJson(declare('u'));
    expect(Object.keys(data ?? {})).toEqual(['aws_caller_identity', 'aws_partition', 'aws_region']);
    const { QueueU: queue, QueueUDlq: dlq } = resource['aws_sqs_queue'] ?? {};
    expect(queue).toMatchObject({ max_message_size: 2048 });
    expect(dlq?.['redrive_allow_policy']).toContain('"redrivePermission":"byQueue"');
    expect(JSON.stringify(resource['aws_sns_topic_subscription'])).toContain('redrive_policy');
    expect(terraformJson(fifo).data).toBeUndefined();
    expect(JSON.stringify(terraformJson(fifo))).toContain('"fifo_throughput_scope":"MessageGroup"');
  });
});

const queue = (parts: object) => () =>
  defineTopology({ queues: [{ name: 'q', patterns: [], ...parts }] });

describe('a declaration', () => {
  it.each([
    [{ highThroughput: true }, 'only a FIFO queue has'],
    [{ maxMessageBytes: 1 }, 'maxMessageBytes is 1'],
    [{ senders: [{ bucket: 'No Bucket' }] }, 'is not the name of a bucket'],
    [{ senders: [{ bucket: 'mine', account: '1' }] }, 'must have 12 digits'],
    [{ senders: [{ rule: 'nightly' }] }, 'is not the ARN of a rule'],
    [{ redriveAllow: [] }, 'SQS takes 1 to 10'],
    [{ redriveAllow: ['a b'] }, 'neither a name nor an ARN'],
    [{ deadLetter: { name: 'arn:aws:sns:x' } }, 'is not the ARN of a queue'],
    [{ tags: { 'a{b}': 'x' } }, 'the tag a{b} must have'],
  ])('%j is refused', (parts, why) => {
    expect(queue(parts)).toThrow(TopologyError);
    expect(queue(parts)).toThrow(why);
  });

  it('of queues that are each other’s dead-letter queue is refused', () => {
    expect(() =>
      defineTopology({
        queues: [
          { name: 'a', patterns: [], deadLetter: { name: 'b' } },
          { name: 'b', patterns: [], deadLetter: { name: 'a' } },
        ],
      }),
    ).toThrow('is its own dead-letter queue by way of b');
  });
});
