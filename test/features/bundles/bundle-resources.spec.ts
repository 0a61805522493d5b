import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TestContext } from '../../app/cli/test.context.js';

let weft: TestContext;

beforeAll(async () => {
  weft = await TestContext.start({
    WEFT_STACK: 'aws',
    DISTRIBUTION_BUCKET_NAME: 'distribution',
    BUNDLE_SOURCE_BUCKETS: 'uploads',
    SERVICE_NAME: 'data-aggregator',
  });
});
afterAll(() => weft.stop());

async function exported(format: string): Promise<Record<string, Record<string, unknown>>> {
  await weft.run('topology', 'export', format);
  return weft.printed?.json as Record<string, Record<string, unknown>>;
}

describe('the exports of a service that bundles', () => {
  it('make the buckets, the replication between them and every alarm, for CloudFormation', async () => {
    const { Resources: resources = {} } = await exported('cloudformation');
    expect(resources).toMatchObject({
      BundlesDistribution: {
        Type: 'AWS::S3::Bucket',
        DependsOn: 'BundlesArchive',
        Properties: {
          BucketName: 'distribution',
          VersioningConfiguration: { Status: 'Enabled' },
          ReplicationConfiguration: {
            Rules: [{ Destination: { Bucket: 'arn:aws:s3:::distribution-archive' } }],
          },
        },
      },
      BundlesArchive: { Properties: { BucketName: 'distribution-archive' } },
    });
    const alarms = Object.values(resources)
      .filter((one) => Object(one).Type === 'AWS::CloudWatch::Alarm')
      .map((one) => Object(one).Properties as { MetricName: string; AlarmName: string });
    const metricsOf = (name: RegExp): string[] =>
      alarms.filter(({ AlarmName }) => name.test(AlarmName)).map(({ MetricName }) => MetricName);
    expect(metricsOf(/^weft-bundles-queue/).toSorted()).toEqual([
      'ApproximateAgeOfOldestMessage',
      'ApproximateNumberOfMessagesVisible',
    ]);
    expect(metricsOf(/^(distribution|data-aggregator)-/).toSorted()).toEqual([
      'Errors',
      'NumberOfObjects',
      'ReplicationLatency',
      'Throttles',
    ]);
  });

  it('let S3 send to the queue', async () => {
    const { Resources: resources } = await exported('cloudformation');
    expect(JSON.stringify(resources)).toContain('s3.amazonaws.com');
  });

  it('make the same for Terraform, beside the alarms that are there', async () => {
    const { resource = {} } = await exported('terraform');
    expect(resource).toMatchObject({
      aws_s3_bucket: { BundlesDistribution: { bucket: 'distribution' } },
      aws_s3_bucket_replication_configuration: { BundlesDistribution: { rule: { priority: 1 } } },
    });
    const alarms = Object.values(Object(resource['aws_cloudwatch_metric_alarm']));
    expect(alarms.map((one) => Object(one).metric_name)).toEqual(
      expect.arrayContaining([
        'ApproximateAgeOfOldestMessage',
        'NumberOfObjects',
        'ReplicationLatency',
        'Errors',
        'Throttles',
      ]),
    );
  });

  it('have none of it where nothing is bundled', async () => {
    const { DISTRIBUTION_BUCKET_NAME: _bucket, ...env } = weft.env;
    weft.env = env;
    expect(JSON.stringify(await exported('cloudformation'))).not.toContain('Bundles');
  });
});
