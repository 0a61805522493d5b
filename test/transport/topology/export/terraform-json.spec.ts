import { describe, expect, it } from '@jest/globals';
import { cloudFormation, terraformJson } from '../../../../src/transport/topology/export/index.js';
import { defineTopology } from '../../../../src/transport/index.js';
import { everything } from './everything.js';

const configuration = terraformJson(everything('x'), { alarms: {} });
const block = (type: string) => configuration.resource[type] ?? {};

describe('a configuration of Terraform', () => {
  it('has the resources that the template of CloudFormation has', () => {
    const { Resources: resources } = cloudFormation(everything('x'), { alarms: {} });
    const ids = Object.values(configuration.resource).flatMap((its) => Object.keys(its));
    expect(ids.toSorted()).toEqual(Object.keys(resources).toSorted());
  });

  it('refers to nothing that it does not have', () => {
    const text = JSON.stringify(configuration);
    const references = [...text.matchAll(/(?<!\$)\$\{(\w+)\.(\w+)\.(?:arn|url|name)\}/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, type = '', id = ''] of references) expect(block(type)).toHaveProperty(id);
  });

  it('has a queue as the provider wants it', () => {
    expect(block('aws_sqs_queue')['QueueXBilling']).toEqual({
      name: 'x-billing',
      visibility_timeout_seconds: 45,
      message_retention_seconds: 600,
      receive_wait_time_seconds: 20,
      sqs_managed_sse_enabled: true,
      redrive_policy:
        '{"deadLetterTargetArn":"${aws_sqs_queue.QueueXBillingDlq.arn}","maxReceiveCount":8}',
      tags: { team: 'b' },
    });
  });

  it('names one kind of encryption alone, as the provider refuses both', () => {
    const fifo = block('aws_sqs_queue')['QueueXZuaccountsZpfifo'];
    expect(fifo).toMatchObject({
      fifo_queue: true,
      kms_master_key_id: 'alias/accounts',
      kms_data_key_reuse_period_seconds: 600,
    });
    expect(fifo).not.toHaveProperty('sqs_managed_sse_enabled');
    expect(block('aws_sqs_queue')['QueueXZdZPlain']).toMatchObject({
      sqs_managed_sse_enabled: false,
    });
  });

  it('keeps texts that look like its templates as they are', () => {
    expect(block('aws_sns_topic')['TopicXOrders']).toMatchObject({
      tags: { team: 'a' },
    });
    expect(block('aws_sns_topic_subscription')['SubscriptionXBillingZsXOrders']).toMatchObject({
      filter_policy: '{"tenant":["acme","$${x}"]}',
    });
  });

  it('subscribes to a topic of another region in that region, once the topic is let in', () => {
    const topic = 'arn:aws:sns:eu-west-1:444455556666:orders';
    const { resource } = terraformJson(
      defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: 'billing', patterns: [], from: [{ topic }] }],
      }),
    );
    expect(resource).not.toHaveProperty('aws_sns_topic');
    expect(Object.values(resource['aws_sns_topic_subscription'] ?? {})).toEqual([
      expect.objectContaining({
        topic_arn: topic,
        region: 'eu-west-1',
        depends_on: ['aws_sqs_queue_policy.PolicyBilling'],
      }),
    ]);
  });
});
