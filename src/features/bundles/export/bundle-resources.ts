import type { ExportedResources } from '../../../messaging/index.js';
import type { Settings } from '../../../platform/config/index.js';
import type { BundlesSettings } from '../bundles.settings.js';
import {
  bundleAlarms,
  REPLICATION_RULE,
  type BundleAlarm,
  type BundlePlaces,
} from './bundle-alarms.js';

const REPLICATION_MINUTES = 15;
const ABORT_UPLOADS_AFTER_DAYS = 1;
const ROLE_ACTIONS = {
  source: ['s3:GetReplicationConfiguration', 's3:ListBucket'],
  objects: [
    's3:GetObjectVersionForReplication',
    's3:GetObjectVersionAcl',
    's3:GetObjectVersionTagging',
  ],
  archive: ['s3:ReplicateObject', 's3:ReplicateDelete', 's3:ReplicateTags'],
} as const;

/**
 * The distribution bucket, its replication to the archive bucket, and alarms. S3 itself writes the archive copy, so no
 * crash can leave one without the other.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
 */
export function bundleResources(settings: Settings, bundles: BundlesSettings): ExportedResources {
  const { distributionBucket: distribution, archiveBucket: archive } = bundles;
  if (distribution === undefined || archive === undefined)
    return { cloudFormation: {}, terraform: {} };
  const places = { distribution, archive, functionName: settings.serviceName };
  const alarms = bundleAlarms(places);
  return {
    cloudFormation: forCloudFormation(places, alarms),
    terraform: forTerraform(places, alarms),
  };
}

const bucketArn = (name: string): string => `arn:aws:s3:::${name}`;

const trust = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Principal: { Service: 's3.amazonaws.com' }, Action: 'sts:AssumeRole' },
  ],
};

const replicationPolicy = ({ distribution, archive }: BundlePlaces) => ({
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: ROLE_ACTIONS.source, Resource: bucketArn(distribution) },
    { Effect: 'Allow', Action: ROLE_ACTIONS.objects, Resource: `${bucketArn(distribution)}/*` },
    { Effect: 'Allow', Action: ROLE_ACTIONS.archive, Resource: `${bucketArn(archive)}/*` },
  ],
});

function forCloudFormation(
  places: BundlePlaces,
  alarms: readonly BundleAlarm[],
): ExportedResources['cloudFormation'] {
  const versioned = { VersioningConfiguration: { Status: 'Enabled' } };
  return {
    BundlesArchive: {
      Type: 'AWS::S3::Bucket',
      Properties: { BucketName: places.archive, ...versioned },
    },
    BundlesReplicationRole: {
      Type: 'AWS::IAM::Role',
      Properties: {
        AssumeRolePolicyDocument: trust,
        Policies: [{ PolicyName: 'replicate', PolicyDocument: replicationPolicy(places) }],
      },
    },
    BundlesDistribution: {
      Type: 'AWS::S3::Bucket',
      DependsOn: 'BundlesArchive',
      Properties: {
        BucketName: places.distribution,
        ...versioned,
        LifecycleConfiguration: {
          Rules: [
            {
              Id: 'abort-uploads',
              Status: 'Enabled',
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: ABORT_UPLOADS_AFTER_DAYS },
            },
          ],
        },
        ReplicationConfiguration: {
          Role: { 'Fn::GetAtt': ['BundlesReplicationRole', 'Arn'] },
          Rules: [
            {
              Id: REPLICATION_RULE,
              Status: 'Enabled',
              Priority: 1,
              Filter: { Prefix: '' },
              // Deleting a bundle must not delete its archive copy.
              DeleteMarkerReplication: { Status: 'Disabled' },
              Destination: {
                Bucket: bucketArn(places.archive),
                ReplicationTime: { Status: 'Enabled', Time: { Minutes: REPLICATION_MINUTES } },
                Metrics: { Status: 'Enabled', EventThreshold: { Minutes: REPLICATION_MINUTES } },
              },
            },
          ],
        },
      },
    },
    ...Object.fromEntries(
      alarms.map(({ id, name, description, namespace, metric, dimensions, ...alarm }) => [
        id,
        {
          Type: 'AWS::CloudWatch::Alarm',
          Properties: {
            AlarmName: name,
            AlarmDescription: description,
            Namespace: namespace,
            MetricName: metric,
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            Statistic: alarm.statistic,
            Period: alarm.periodS,
            EvaluationPeriods: 1,
            ComparisonOperator: 'GreaterThanThreshold',
            Threshold: alarm.threshold,
            TreatMissingData: 'notBreaching',
          },
        },
      ]),
    ),
  };
}

const bucketId = (bucket: string): string => `\${aws_s3_bucket.${bucket}.id}`;

function forTerraform(
  places: BundlePlaces,
  alarms: readonly BundleAlarm[],
): ExportedResources['terraform'] {
  const enabled = { status: 'Enabled' };
  const versioning = (bucket: string) => ({
    bucket: bucketId(bucket),
    versioning_configuration: enabled,
  });
  const minutes = { minutes: REPLICATION_MINUTES };
  return {
    aws_s3_bucket: {
      BundlesDistribution: { bucket: places.distribution },
      BundlesArchive: { bucket: places.archive },
    },
    aws_s3_bucket_versioning: {
      BundlesDistribution: versioning('BundlesDistribution'),
      BundlesArchive: versioning('BundlesArchive'),
    },
    aws_s3_bucket_lifecycle_configuration: {
      BundlesDistribution: {
        bucket: bucketId('BundlesDistribution'),
        rule: {
          id: 'abort-uploads',
          status: 'Enabled',
          filter: {},
          abort_incomplete_multipart_upload: { days_after_initiation: ABORT_UPLOADS_AFTER_DAYS },
        },
      },
    },
    aws_iam_role: { BundlesReplicationRole: { assume_role_policy: JSON.stringify(trust) } },
    aws_iam_role_policy: {
      BundlesReplicationRole: {
        name: 'replicate',
        role: '${aws_iam_role.BundlesReplicationRole.id}',
        policy: JSON.stringify(replicationPolicy(places)),
      },
    },
    aws_s3_bucket_replication_configuration: {
      BundlesDistribution: {
        bucket: bucketId('BundlesDistribution'),
        role: '${aws_iam_role.BundlesReplicationRole.arn}',
        rule: {
          id: REPLICATION_RULE,
          status: 'Enabled',
          priority: 1,
          filter: {},
          delete_marker_replication: { status: 'Disabled' },
          destination: {
            bucket: '${aws_s3_bucket.BundlesArchive.arn}',
            replication_time: { ...enabled, time: minutes },
            metrics: { ...enabled, event_threshold: minutes },
          },
        },
        // S3 refuses replication between buckets without versioning.
        depends_on: [
          'aws_s3_bucket_versioning.BundlesDistribution',
          'aws_s3_bucket_versioning.BundlesArchive',
        ],
      },
    },
    aws_cloudwatch_metric_alarm: Object.fromEntries(
      alarms.map((alarm) => [
        alarm.id,
        {
          alarm_name: alarm.name,
          alarm_description: alarm.description,
          namespace: alarm.namespace,
          metric_name: alarm.metric,
          dimensions: alarm.dimensions,
          statistic: alarm.statistic,
          period: alarm.periodS,
          evaluation_periods: 1,
          comparison_operator: 'GreaterThanThreshold',
          threshold: alarm.threshold,
          treat_missing_data: 'notBreaching',
        },
      ]),
    ),
  };
}
