/** Names of the resources besides the queue. */
export interface BundlePlaces {
  readonly distribution: string;
  readonly archive: string;
  /** Name of the function, if the bundler is a Lambda. */
  readonly functionName: string;
}

/** Name of the replication rule in metrics. */
export const REPLICATION_RULE = 'weft-archive';

/** One CloudWatch alarm, independent of the tool. */
export interface BundleAlarm {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly namespace: 'AWS/S3' | 'AWS/Lambda';
  readonly metric: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly statistic: 'Average' | 'Maximum' | 'Sum';
  readonly periodS: number;
  /** The alarm is on above this value. */
  readonly threshold: number;
}

/** S3 counts objects once a day. */
const DAY_S = 24 * 3600;
const FIVE_MINUTES_S = 300;
const MINUTE_S = 60;
/** Bundles that may wait for their consumer: one a minute for a week. */
const MAX_WAITING_BUNDLES = 10_000;
/** S3's promise under replication time control. */
const MAX_REPLICATION_S = 900;

/** The bundler's alarms, besides the two that every queue has. */
export function bundleAlarms({ distribution, archive, functionName }: BundlePlaces): BundleAlarm[] {
  const ofFunction = (metric: 'Errors' | 'Throttles', description: string): BundleAlarm => ({
    id: `Bundles${metric}`,
    name: `${functionName}-${metric.toLowerCase()}`,
    description,
    namespace: 'AWS/Lambda',
    metric,
    dimensions: { FunctionName: functionName },
    statistic: 'Sum',
    periodS: MINUTE_S,
    threshold: 0,
  });
  return [
    {
      id: 'BundlesWaiting',
      name: `${distribution}-not-cleared`,
      description: `${distribution} has more than ${MAX_WAITING_BUNDLES} objects: its consumer does not clear it`,
      namespace: 'AWS/S3',
      metric: 'NumberOfObjects',
      dimensions: { BucketName: distribution, StorageType: 'AllStorageTypes' },
      statistic: 'Average',
      periodS: DAY_S,
      threshold: MAX_WAITING_BUNDLES,
    },
    {
      id: 'BundlesReplication',
      name: `${distribution}-replication-late`,
      description: `Bundles take more than ${MAX_REPLICATION_S} s to ${archive}`,
      namespace: 'AWS/S3',
      metric: 'ReplicationLatency',
      dimensions: {
        SourceBucket: distribution,
        DestinationBucket: archive,
        RuleId: REPLICATION_RULE,
      },
      statistic: 'Maximum',
      periodS: FIVE_MINUTES_S,
      threshold: MAX_REPLICATION_S,
    },
    ofFunction('Errors', `${functionName} failed; its messages are redelivered`),
    ofFunction('Throttles', `${functionName} was not run for want of concurrency`),
  ];
}
