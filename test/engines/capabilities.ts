/** Engines that serve SQS, and some of them SNS and S3. */
export type AwsEngine = 'embedded' | 'localstack' | 'elasticmq' | 'moto';

/** What AWS does and some engine does not. */
export type Capability =
  | 'sns'
  | 's3'
  | 'deadLetterSource'
  | 'entryFaults'
  | 'astralAttributes'
  | 'queueMebibyte'
  | 'listFilters'
  | 'typedFilters';

/**
 * What each engine cannot do, and why: the one place where a test may be taken from an engine. AWS itself is
 * the truth where engines disagree.
 */
export const LACKS: Readonly<Record<AwsEngine, Partial<Record<Capability, string>>>> = {
  embedded: {
    deadLetterSource: 'fauxqs gives no DeadLetterQueueSourceArn',
  },
  localstack: {},
  elasticmq: {
    sns: 'ElasticMQ is SQS alone',
    s3: 'ElasticMQ is SQS alone',
  },
  moto: {},
};
