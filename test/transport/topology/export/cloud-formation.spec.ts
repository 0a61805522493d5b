import { describe, expect, it } from '@jest/globals';
import { cloudFormation } from '../../../../src/transport/topology/export/index.js';
import { defineTopology, TopologyError } from '../../../../src/transport/index.js';
import { everything } from './everything.js';

const ORDERS = 'arn:aws:sns:eu-west-1:444455556666:orders';

const resourcesOf = (...args: Parameters<typeof cloudFormation>) =>
  cloudFormation(...args).Resources;

const alarmsOf = (...args: Parameters<typeof cloudFormation>) =>
  Object.values(resourcesOf(...args))
    .filter(({ Type: type }) => type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties: properties }) => properties);

describe('a template of CloudFormation', () => {
  it('has a queue with its dead-letter queue, its policy and its subscription', () => {
    const topology = defineTopology({
      topics: [{ name: 'orders', tags: { team: 'a' } }],
      queues: [
        {
          name: 'billing',
          patterns: ['order.*'],
          from: [{ topic: 'orders', filterPolicy: { tenant: ['acme'] } }],
          encryption: { kmsKeyId: '123', dataKeyReuseS: 600 },
        },
      ],
    });
    expect(resourcesOf(topology)).toEqual({
      TopicOrders: {
        Type: 'AWS::SNS::Topic',
        Properties: { TopicName: 'orders', Tags: [{ Key: 'team', Value: 'a' }] },
      },
      QueueBillingDlq: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'billing-dlq',
          MessageRetentionPeriod: 1_209_600,
          SqsManagedSseEnabled: false,
          KmsMasterKeyId: '123',
          KmsDataKeyReusePeriodSeconds: 600,
        },
      },
      QueueBilling: {
        Type: 'AWS::SQS::Queue',
        Properties: {
          QueueName: 'billing',
          VisibilityTimeout: 30,
          MessageRetentionPeriod: 345_600,
          ReceiveMessageWaitTimeSeconds: 20,
          SqsManagedSseEnabled: false,
          KmsMasterKeyId: '123',
          KmsDataKeyReusePeriodSeconds: 600,
          RedrivePolicy: {
            deadLetterTargetArn: { 'Fn::GetAtt': ['QueueBillingDlq', 'Arn'] },
            maxReceiveCount: 5,
          },
        },
      },
      PolicyBilling: {
        Type: 'AWS::SQS::QueuePolicy',
        Properties: {
          Queues: [{ Ref: 'QueueBilling' }],
          PolicyDocument: {
            Version: '2012-10-17',
            Statement: [
              {
                Sid: 'WeftTopics',
                Effect: 'Allow',
                Principal: { Service: 'sns.amazonaws.com' },
                Action: 'sqs:SendMessage',
                Resource: { 'Fn::GetAtt': ['QueueBilling', 'Arn'] },
                Condition: { ArnEquals: { 'aws:SourceArn': [{ Ref: 'TopicOrders' }] } },
              },
            ],
          },
        },
      },
      SubscriptionBillingZsOrders: {
        Type: 'AWS::SNS::Subscription',
        DependsOn: 'PolicyBilling',
        Properties: {
          TopicArn: { Ref: 'TopicOrders' },
          Protocol: 'sqs',
          Endpoint: { 'Fn::GetAtt': ['QueueBilling', 'Arn'] },
          RawMessageDelivery: true,
          FilterPolicy: { tenant: ['acme'] },
        },
      },
    });
  });

  it('names what belongs to others, and makes none of it', () => {
    const topology = defineTopology({
      topics: [{ name: ORDERS }],
      queues: [
        { name: 'billing', patterns: [], from: [{ topic: ORDERS }], deadLetter: false },
        { name: 'arn:aws:sqs:eu-central-1:444455556666:theirs', patterns: ['their.*'] },
        { name: 'https://sqs.eu-central-1.amazonaws.com/444455556666/more', patterns: ['more.*'] },
      ],
    });
    const resources = Object.values(resourcesOf(topology, { alarms: {} }));
    expect(resources.map(({ Type: type }) => type)).toEqual([
      'AWS::SQS::Queue',
      'AWS::SQS::QueuePolicy',
      'AWS::SNS::Subscription',
      'AWS::CloudWatch::Alarm',
    ]);
    expect(resources[2]?.Properties).toMatchObject({ TopicArn: ORDERS, Region: 'eu-west-1' });
  });

  it('leaves the queues of broadcasts to their processes, but makes their dead-letter queue', () => {
    const names = Object.values(resourcesOf(everything('x'))).map(
      ({ Properties: properties }) => properties['QueueName'],
    );
    expect(names).toContain('x-changes-dlq');
    expect(names).not.toContain('x-changes');
  });

  it('is JSON', () => {
    const template = cloudFormation(everything('x'), { alarms: {} });
    expect(JSON.parse(JSON.stringify(template))).toEqual(template);
  });
});

describe('alarms', () => {
  it('are none unless they are asked for', () => {
    expect(alarmsOf(everything('x'))).toEqual([]);
  });

  it('report dead letters, and messages too old while half their time is left', () => {
    const thresholds = alarmsOf(everything('x'), { alarms: {} }).map(
      ({ AlarmName: name, Threshold: threshold }) => [name, threshold],
    );
    expect(Object.fromEntries(thresholds)).toEqual({
      'x-billing-dlq-not-empty': 0,
      'x_accounts-dlq.fifo-not-empty': 0,
      'x-Plain-not-empty': 0,
      'x-changes-dlq-not-empty': 0,
      'x-billing-too-old': 300,
      'x_accounts.fifo-too-old': 900,
      'x-shared-too-old': 900,
    });
  });

  it('notify the topics that they are given, at the thresholds that they are given', () => {
    const alarms = alarmsOf(everything('x'), { alarms: { maxAgeS: 60, actions: [ORDERS] } });
    expect(alarms.at(-1)).toMatchObject({ Threshold: 60, AlarmActions: [ORDERS] });
  });

  it.each([0, 1.5, -1, Number.NaN, 1_209_601])('refuse an age of %d s', (maxAgeS) => {
    expect(() => cloudFormation(everything('x'), { alarms: { maxAgeS } })).toThrow(TopologyError);
  });
});
