import { parseQueueArn, isArn, parseArn } from '../../../common/arn.js';
import { isFifoName, lastPart } from '../../../common/resource-names.js';
import type { QueueDeclaration, SenderDeclaration } from './topology.js';

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const ACCOUNT = /^\d{12}$/;
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoneventbridge.html
const RULE = /^rule\/[\w./-]{1,300}$/;
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
const MAX_REDRIVE_SOURCES = 10;

export const throughputFaults = ({ name, highThroughput }: QueueDeclaration): string[] =>
  highThroughput === undefined || isFifoName(lastPart(name))
    ? []
    : [`highThroughput is ${highThroughput}, which only a FIFO queue has`];

export const senderFaults = ({ name, senders = [], broadcast }: QueueDeclaration): string[] => [
  ...senders.flatMap(senderFault),
  ...(broadcast && senders.length > 0
    ? ['is a broadcast, to whose queues only topics send: it has no senders']
    : []),
  ...(isFifoName(name) && senders.some((sender) => 'bucket' in sender)
    ? ['is FIFO, to which S3 sends no notifications']
    : []),
];

function isRuleArn(text: string): boolean {
  const arn = parseArn(text);
  return (
    arn?.service === 'events' &&
    arn.region !== '' &&
    ACCOUNT.test(arn.account) &&
    RULE.test(arn.resource)
  );
}

function senderFault(sender: SenderDeclaration): string[] {
  if ('rule' in sender)
    return isRuleArn(sender.rule)
      ? []
      : [
          `the sender ${sender.rule} is not the ARN of a rule (arn:aws:events:region:account:rule/name)`,
        ];
  return [
    ...(BUCKET.test(sender.bucket)
      ? []
      : [`the sender ${sender.bucket} is not the name of a bucket`]),
    ...(sender.account === undefined || ACCOUNT.test(sender.account)
      ? []
      : [`the account of the bucket ${sender.bucket} is ${sender.account}, must have 12 digits`]),
  ];
}

export function redriveAllowFaults({ redriveAllow, broadcast }: QueueDeclaration): string[] {
  if (redriveAllow === undefined) return [];
  if (broadcast) return ['is a broadcast, whose queues are nobody’s dead-letter queues'];
  if (redriveAllow === 'any' || redriveAllow === 'none') return [];
  if (!Array.isArray(redriveAllow)) return [`redriveAllow must be any, none, or a list of queues`];
  const sources: readonly string[] = redriveAllow;
  return [
    ...(sources.length === 0 || sources.length > MAX_REDRIVE_SOURCES
      ? [`redriveAllow has ${sources.length} queues, SQS takes 1 to ${MAX_REDRIVE_SOURCES}`]
      : []),
    ...sources
      .filter((source) => (isArn(source) ? !parseQueueArn(source) : !/^[\w.-]{1,80}$/.test(source)))
      .map((source) => `redriveAllow has ${source}, which is neither a name nor an ARN of a queue`),
  ];
}
