import { fieldsOf } from '../common/objects.js';

/** By command, the field that every answer of AWS has: an answer without it comes from something else. */
const ALWAYS_ANSWERED: Readonly<Record<string, string>> = {
  SendMessageCommand: 'MessageId',
  CreateQueueCommand: 'QueueUrl',
  GetQueueUrlCommand: 'QueueUrl',

  PublishCommand: 'MessageId',
  CreateTopicCommand: 'TopicArn',
  GetTopicAttributesCommand: 'Attributes',
  SubscribeCommand: 'SubscriptionArn',
  ConfirmSubscriptionCommand: 'SubscriptionArn',
  GetSubscriptionAttributesCommand: 'Attributes',

  GetObjectCommand: 'ETag',
  HeadObjectCommand: 'ETag',
  PutObjectCommand: 'ETag',
  UploadPartCommand: 'ETag',
  CopyObjectCommand: 'CopyObjectResult',
  UploadPartCopyCommand: 'CopyPartResult',
  CreateMultipartUploadCommand: 'UploadId',
  CompleteMultipartUploadCommand: 'ETag',

  CreateTableCommand: 'TableDescription',
  DescribeTableCommand: 'Table',
  DescribeTimeToLiveCommand: 'TimeToLiveDescription',
  UpdateTimeToLiveCommand: 'TimeToLiveSpecification',

  StartQueryExecutionCommand: 'QueryExecutionId',
  GetQueryExecutionCommand: 'QueryExecution',
  GetQueryResultsCommand: 'ResultSet',
};

/** Attributes that every queue has; others, such as `RedrivePolicy`, may be missing from an answer. */
const OF_EVERY_QUEUE = /^(All|QueueArn|CreatedTimestamp|VisibilityTimeout|Approximate\w+)$/;

/** Fields without which a message cannot be handled and settled. */
const OF_EVERY_MESSAGE = ['MessageId', 'ReceiptHandle', 'Body'];

/** The missing field of an answer that every answer of AWS has; undefined if none is missing. */
export function faultOfFields(command: string, input: object, output: object): string | undefined {
  const fields = fieldsOf(output);
  if (command === 'ReceiveMessageCommand') return faultOfMessages(fields['Messages'] ?? []);
  if (BATCH.test(command)) return faultOfBatch(fields['Successful'] ?? [], fields['Failed'] ?? []);
  const wanted = ALWAYS_ANSWERED[command] ?? wantedOfQueue(command, input);
  if (wanted === undefined || isGiven(fields[wanted])) return undefined;
  return `it has no ${wanted}`;
}

const BATCH = /^(SendMessage|DeleteMessage|ChangeMessageVisibility|Publish)BatchCommand$/;

const isGiven = (value: unknown): boolean =>
  typeof value === 'string' ? value !== '' : Object.keys(fieldsOf(value)).length > 0;

function wantedOfQueue(command: string, input: object): string | undefined {
  if (command !== 'GetQueueAttributesCommand') return undefined;
  const names = fieldsOf(input)['AttributeNames'];
  const asked = Array.isArray(names) && names.some((name) => OF_EVERY_QUEUE.test(String(name)));
  return asked ? 'Attributes' : undefined;
}

const areAll = (list: unknown, names: readonly string[]): list is readonly unknown[] =>
  Array.isArray(list) &&
  list.every((one) => names.every((name) => typeof fieldsOf(one)[name] === 'string'));

const faultOfMessages = (messages: unknown): string | undefined =>
  areAll(messages, OF_EVERY_MESSAGE)
    ? undefined
    : `it has a message without one of ${OF_EVERY_MESSAGE.join(', ')}`;

/** Every entry should be in one of the lists; the caller handles one that is in neither. */
function faultOfBatch(successful: unknown, failed: unknown): string | undefined {
  if (!areAll(successful, ['Id']) || !areAll(failed, ['Id'])) return 'it has an entry without Id';
  return successful.length + failed.length > 0 ? undefined : 'it names no entry';
}
