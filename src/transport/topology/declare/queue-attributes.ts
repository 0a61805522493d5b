/** @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html */
export type QueueAttributeName =
  | 'DeduplicationScope'
  | 'FifoQueue'
  | 'FifoThroughputLimit'
  | 'KmsDataKeyReusePeriodSeconds'
  | 'KmsMasterKeyId'
  | 'MaximumMessageSize'
  | 'MessageRetentionPeriod'
  | 'Policy'
  | 'QueueArn'
  | 'ReceiveMessageWaitTimeSeconds'
  | 'RedriveAllowPolicy'
  | 'RedrivePolicy'
  | 'SqsManagedSseEnabled'
  | 'VisibilityTimeout';

/** Attributes of a queue, by SQS's names. */
export type QueueAttributes = Partial<Record<QueueAttributeName, string>>;
