import { describe, expect, it } from '@jest/globals';
import { defineTopology, TopologyError } from '../../../../src/transport/index.js';
import { iamPolicies, type IamPolicy } from '../../../../src/transport/topology/export/index.js';
import { everything } from './everything.js';

const PLACE = { region: 'eu-central-1', account: '111122223333' };
const sqs = (name: string): string => `arn:aws:sqs:eu-central-1:111122223333:${name}`;
const sns = (name: string): string => `arn:aws:sns:eu-central-1:111122223333:${name}`;

/** Sixteen characters, as processes add them to the names of their queues. */
const RANDOM = '?'.repeat(16);

/** What a right is given to. */
const resourcesOf = ({ Statement: statements }: IamPolicy, right: string): string[] =>
  statements
    .filter(({ Action: action }) => action.includes(right))
    .flatMap(({ Resource: resource }) => resource);

const rightsOf = ({ Statement: statements }: IamPolicy): string[] =>
  statements.flatMap(({ Action: action }) => action);

describe('policies of IAM', () => {
  const { consumer, publisher, provisioner } = iamPolicies(everything('x'), PLACE);

  it('let a consumer receive from its queues, and send to their dead-letter queues and in answer', () => {
    expect(resourcesOf(consumer, 'sqs:ReceiveMessage')).toEqual([
      sqs('x-billing'),
      sqs('x_accounts.fifo'),
      sqs('x-shared'),
      sqs(`x-changes-${RANDOM}`),
    ]);
    expect(resourcesOf(consumer, 'sqs:SendMessage')).toEqual([
      sqs('x-billing-dlq'),
      sqs('x_accounts-dlq.fifo'),
      sqs('x-Plain'),
      sqs('x-changes-dlq'),
      sqs('weft-replies-*'),
    ]);
    expect(resourcesOf(consumer, 'sns:Publish')).toEqual([]);
  });

  it('let a consumer make its own queues of broadcasts, and no other', () => {
    expect(resourcesOf(consumer, 'sqs:CreateQueue')).toEqual([sqs(`x-changes-${RANDOM}`)]);
    expect(resourcesOf(consumer, 'sns:Subscribe')).toEqual([sns('x-orders')]);
    const { consumer: without } = iamPolicies(everything('x'), { ...PLACE, consume: ['x-shared'] });
    expect(
      rightsOf(without).filter((right) =>
        /:(Create|Subscribe$|Unsubscribe|ListQueues)/.test(right),
      ),
    ).toEqual([]);
    expect(resourcesOf(without, 'sqs:ReceiveMessage')).toEqual([sqs('x-shared')]);
  });

  it('let a consumer of broadcasts alone find the subscriptions of processes that died', () => {
    const topology = defineTopology({
      topics: [{ name: 'settings' }],
      queues: [
        { name: 'changes', patterns: ['a'], broadcast: true, from: [{ topic: 'settings' }] },
      ],
    });
    const { consumer: only } = iamPolicies(topology, PLACE);
    expect(resourcesOf(only, 'sns:ListSubscriptionsByTopic')).toEqual([sns('settings')]);
  });

  it('let a publisher send where routes go, and receive answers alone', () => {
    expect(resourcesOf(publisher, 'sns:Publish')).toEqual([sns('x-orders'), sns('x-payments')]);
    expect(resourcesOf(publisher, 'sqs:SendMessage')).toEqual([sqs('x-shared')]);
    expect(resourcesOf(publisher, 'sqs:ReceiveMessage')).toEqual([sqs(`weft-replies-${RANDOM}`)]);
    expect(resourcesOf(publisher, 'sqs:CreateQueue')).toEqual([sqs(`weft-replies-${RANDOM}`)]);
  });

  it('let a provisioner make what is declared, and neither send nor receive', () => {
    expect(resourcesOf(provisioner, 'sns:CreateTopic')).toEqual([
      sns('x-orders'),
      sns('x-payments'),
      sns('x-ledger.fifo'),
    ]);
    expect(resourcesOf(provisioner, 'sqs:CreateQueue')).not.toContain(sqs('x-changes'));
    expect(
      rightsOf(provisioner).filter((right) => /:(Publish|Send|Receive|Delete)/.test(right)),
    ).toEqual([]);
  });

  it('let every role compare the topology', () => {
    for (const policy of [consumer, publisher, provisioner]) {
      expect(resourcesOf(policy, 'sqs:GetQueueAttributes')).toContain(sqs('x-billing'));
      expect(resourcesOf(policy, 'sns:GetTopicAttributes')).toEqual([
        sns('x-orders'),
        sns('x-payments'),
        sns('x-ledger.fifo'),
      ]);
      expect(resourcesOf(policy, 'sqs:ListQueueTags')).toContain(sqs('x-billing-dlq'));
    }
  });

  it('know keys of aliases by a condition', () => {
    const { Statement: statements } = consumer;
    expect(statements.find(({ Sid: sid }) => sid === 'KeysByAlias')).toMatchObject({
      Resource: ['arn:aws:kms:eu-central-1:111122223333:key/*'],
      Condition: {
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': ['alias/accounts'] },
        StringLike: {
          'kms:ViaService': ['sqs.eu-central-1.amazonaws.com', 'sns.eu-central-1.amazonaws.com'],
        },
      },
    });
  });

  it('let a publisher with a prefix or a queue of its own have no answers of others', () => {
    const prefixed = iamPolicies(everything('x'), {
      ...PLACE,
      replyQueuePrefix: 'weft-replies-shop-',
    });
    expect(resourcesOf(prefixed.publisher, 'sqs:ReceiveMessage')).toEqual([
      sqs(`weft-replies-shop-${RANDOM}`),
    ]);
    expect(resourcesOf(prefixed.consumer, 'sqs:SendMessage')).toContain(sqs('weft-replies-*'));
    const { publisher: named } = iamPolicies(everything('x'), {
      ...PLACE,
      replyQueue: 'weft-replies-of-shop',
    });
    expect(resourcesOf(named, 'sqs:ReceiveMessage')).toEqual([sqs('weft-replies-of-shop')]);
    expect(rightsOf(named).filter((right) => /:(Create|Delete)Queue/.test(right))).toEqual([]);
  });

  it('know keys by their ids and ARNs', () => {
    const arn = 'arn:aws:kms:eu-central-1:444455556666:key/abc';
    const topology = defineTopology({
      queues: ['123', arn, 'arn:aws:kms:eu-central-1:444455556666:alias/theirs'].map(
        (kmsKeyId, index) => ({ name: `q${index}`, patterns: ['a'], encryption: { kmsKeyId } }),
      ),
    });
    expect(resourcesOf(iamPolicies(topology, PLACE).consumer, 'kms:Decrypt')).toEqual([
      'arn:aws:kms:eu-central-1:111122223333:key/123',
      arn,
      'arn:aws:kms:eu-central-1:444455556666:key/*',
    ]);
  });

  it('name what belongs to others by its own ARN', () => {
    const topic = 'arn:aws-cn:sns:cn-north-1:444455556666:orders';
    const queue = 'https://sqs.cn-north-1.amazonaws.com.cn/444455556666/theirs';
    const theirs = 'arn:aws-cn:sqs:cn-north-1:444455556666:theirs';
    const topology = defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: ['a'] }],
      routes: [
        { patterns: ['a'], topic },
        { patterns: ['b'], queue },
      ],
    });
    const policies = iamPolicies(topology, {
      region: 'cn-north-1',
      account: '*',
      partition: 'aws-cn',
      payloadBucket: 'large',
    });
    expect(resourcesOf(policies.publisher, 'sns:Publish')).toEqual([topic]);
    expect(resourcesOf(policies.publisher, 'sqs:SendMessage')).toEqual([theirs]);
    expect(resourcesOf(policies.consumer, 'sqs:ReceiveMessage')).toEqual([theirs]);
    expect(resourcesOf(policies.consumer, 's3:GetObject')).toEqual(['arn:aws-cn:s3:::large/*']);
    expect(
      rightsOf(policies.provisioner).filter((right) => /:(Create|Set|Sub)/.test(right)),
    ).toEqual([]);
  });

  it.each([
    [{ ...PLACE, account: '1111' }, 'account is "1111"'],
    [{ ...PLACE, region: 'eu central' }, 'region is "eu central"'],
    [{ ...PLACE, consume: ['missing'] }, 'of "consume": missing'],
  ])('refuse %j', (options, said) => {
    const write = () => iamPolicies(everything('x'), options);
    expect(write).toThrow(TopologyError);
    expect(write).toThrow(said);
  });
});
