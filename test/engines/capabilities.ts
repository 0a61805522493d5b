/** Engines that serve a part of AWS. */
export type AwsEngine =
  'memory' | 'embedded' | 'localstack' | 'elasticmq' | 'moto' | 'dynamodb-local';

/** What AWS does and some engine does not. */
export type Capability =
  | 'sns'
  | 's3'
  | 's3Notifications'
  | 'eventBridge'
  | 'snsOverHttp'
  | 'cloudFormation'
  | 'deadLetterSource'
  | 'moveTasks'
  | 'movesToSource'
  | 'attributeLimit'
  | 'entryFaults'
  | 'groupComesBackInOrder'
  | 'deduplicatesWhatIsDeleted'
  | 'retention'
  | 'regions'
  | 'accounts'
  | 'queueArns'
  | 'listFilters'
  | 'bodyListFilters'
  | 'typedFilters'
  | 'atomicConditions'
  | 'receivedOnce'
  | 'timeToLive'
  | 'standsApart'
  | 'sdkCalls'
  | 'realTime'
  | 'policies';

/**
 * What each engine cannot do, and why: the one place where a test may be taken from an engine. AWS itself is
 * the truth where engines disagree.
 */
export const LACKS: Readonly<Record<AwsEngine, Partial<Record<Capability, string>>>> = {
  memory: {
    sdkCalls: 'servers and clients speak to the broker in memory without clients of the SDK',
    realTime:
      'a second of the broker in memory is over in 50 ms; test/simulation has these faults on its clock',
    s3Notifications: 'the broker in memory is SNS and SQS; S3 is embedded beside it',
    eventBridge: 'the broker in memory is SNS and SQS',
    snsOverHttp: 'the broker in memory delivers to queues alone',
    cloudFormation: 'the broker in memory has no CloudFormation',
    moveTasks: 'the broker in memory has no message move tasks',
    regions: 'the broker in memory knows one account and one region',
    accounts: 'the broker in memory knows one account and one region',
    policies: 'the broker in memory does not look at policies of queues',
    standsApart: 'the broker in memory is of one process alone',
  },
  embedded: {
    attributeLimit: 'fauxqs takes more than ten attributes',
    s3Notifications: 'fauxqs takes S3 notifications and sends none',
    eventBridge: 'fauxqs has no EventBridge',
    snsOverHttp: 'fauxqs delivers to queues alone',
    cloudFormation: 'fauxqs has no CloudFormation',
    deadLetterSource: 'fauxqs gives no DeadLetterQueueSourceArn',
    moveTasks: 'fauxqs has no message move tasks',
    entryFaults: 'fauxqs takes delays and attributes that AWS refuses',
    listFilters: 'fauxqs does not match String.Array attributes in filter policies',
    bodyListFilters: 'fauxqs does not match lists in bodies',
    regions: 'fauxqs knows one account and one region',
    accounts: 'fauxqs knows one account and one region',
    typedFilters: 'fauxqs lets text pass a numeric filter',
    timeToLive: 'dynalite has no TTL; the store compares the expiry itself',
    standsApart:
      'fauxqs runs in the process of the test: these take minutes on it; the fault table has them',
  },
  localstack: {
    attributeLimit: 'LocalStack takes more than ten attributes',
    typedFilters: 'LocalStack lets text pass a numeric filter',
  },
  elasticmq: {
    movesToSource:
      'ElasticMQ knows where a dead letter is from only if the queue was created with its redrive policy',
    sns: 'ElasticMQ is SQS alone',
    s3: 'ElasticMQ is SQS alone',
    s3Notifications: 'ElasticMQ is SQS alone',
    eventBridge: 'ElasticMQ is SQS alone',
    snsOverHttp: 'ElasticMQ is SQS alone',
    cloudFormation: 'ElasticMQ is SQS alone',
    queueArns: 'ElasticMQ gives its queues a region of its own in their ARNs',
    retention: 'ElasticMQ keeps no MessageRetentionPeriod, so that verify always finds it missing',
  },
  'dynamodb-local': {},
  moto: {
    snsOverHttp: 'moto signs nothing: its signatures are a fixed text',
    attributeLimit: 'moto takes more than ten attributes',
    accounts: 'moto tells accounts by assumed roles alone',
    cloudFormation: 'the CloudFormation of moto makes no subscriptions and no tags of topics',
    atomicConditions:
      'moto looks at a condition and writes in two steps, so that two of its threads can both find it true',
    receivedOnce:
      'moto looks whether a message is visible and hides it in two steps, so that two receives at once can both bring it',
    deadLetterSource: 'moto gives no DeadLetterQueueSourceArn',
    moveTasks: 'moto has no message move tasks',
    deduplicatesWhatIsDeleted:
      'moto forgets a deduplication id with its message, not after 5 minutes',
    groupComesBackInOrder:
      'moto gives the messages of a group sequence numbers at random, and hands out the last of them first when they come back together',
  },
};
