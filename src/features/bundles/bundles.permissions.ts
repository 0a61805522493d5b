import type { IamStatement } from '../../transport/topology/export/index.js';
import type { BundlesSettings } from './bundles.settings.js';

const arnOf = (bucket: string): string => `arn:aws:s3:::${bucket}`;

/** The IAM rights that a bundler needs besides those on its queue and its table. */
export function bundlesPermissions({
  distributionBucket,
  sourceBuckets,
  tags,
}: BundlesSettings): IamStatement[] {
  if (distributionBucket === undefined) return [];
  const sources = sourceBuckets.length > 0 ? sourceBuckets : ['*'];
  return [
    {
      Sid: 'BundlesRead',
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: sources.map((bucket) => `${arnOf(bucket)}/*`),
    },
    {
      Sid: 'BundlesStore',
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:PutObject',
        's3:AbortMultipartUpload',
        ...(tags ? ['s3:PutObjectTagging'] : []),
      ],
      Resource: [`${arnOf(distributionBucket)}/*`],
    },
    {
      // Without it S3 answers 403, not 404, for an object that no longer exists.
      Sid: 'BundlesList',
      Effect: 'Allow',
      Action: ['s3:ListBucket'],
      Resource: [...sources, distributionBucket].map(arnOf),
    },
    // WEFT_PROVISION=verify reads the buckets' notifications.
    ...(sourceBuckets.length > 0
      ? [statementOn('BundlesVerify', sourceBuckets, ['s3:GetBucketNotification'])]
      : []),
  ];
}

/** The rights of a start with `WEFT_PROVISION=create` besides those on queues and topics: pointing source buckets at the queue. */
export function bundlesProvisioning({
  distributionBucket,
  sourceBuckets,
}: BundlesSettings): IamStatement[] {
  if (distributionBucket === undefined || sourceBuckets.length === 0) return [];
  return [
    statementOn('BundlesConnect', sourceBuckets, [
      's3:GetBucketNotification',
      's3:PutBucketNotification',
    ]),
    // Only "weft doctor" needs these.
    statementOn(
      'BundlesDoctor',
      [...sourceBuckets, distributionBucket],
      ['s3:GetBucketVersioning', 's3:GetReplicationConfiguration'],
    ),
  ];
}

const statementOn = (
  Sid: string,
  buckets: readonly string[],
  actions: readonly string[],
): IamStatement => ({
  Sid,
  Effect: 'Allow',
  Action: [...actions],
  Resource: buckets.map(arnOf),
});
