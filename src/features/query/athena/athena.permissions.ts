import type { IamStatement } from '../../../transport/topology/export/index.js';
import type { AthenaOptions } from './athena.engine.js';

/**
 * The rights that Athena queries need: on the work group, the catalog, and the bucket of the results. Reading the data
 * needs rights on its own buckets, which this service does not know.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/security-iam-athena.html
 */
export function athenaPermissions({
  workGroup = 'primary',
  outputLocation,
}: Pick<AthenaOptions, 'workGroup' | 'outputLocation'>): readonly IamStatement[] {
  const bucket = outputLocation === undefined ? '*' : new URL(outputLocation).host;
  return [
    {
      Sid: 'Queries',
      Effect: 'Allow',
      Action: [
        'athena:StartQueryExecution',
        'athena:GetQueryExecution',
        'athena:GetQueryResults',
        'athena:StopQueryExecution',
      ],
      Resource: [`arn:aws:athena:*:*:workgroup/${workGroup}`],
    },
    {
      Sid: 'Catalog',
      Effect: 'Allow',
      Action: ['glue:GetDatabase', 'glue:GetTable', 'glue:GetTables', 'glue:GetPartitions'],
      Resource: ['*'],
    },
    {
      Sid: 'QueryResults',
      Effect: 'Allow',
      Action: ['s3:GetBucketLocation', 's3:GetObject', 's3:ListBucket', 's3:PutObject'],
      Resource: [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`],
    },
  ];
}
