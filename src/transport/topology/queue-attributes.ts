import {
  BROADCAST_RETENTION_S,
  DEFAULT_MAX_RECEIVE_COUNT,
  DEFAULT_RETENTION_S,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  MAX_WAIT_TIME_S,
} from '../sns-sqs.constants.js';
import { isFifoName } from './names.js';
import type { ExistingQueue, QueueAttributes } from './queue.provisioner.js';
import type { QueueDeclaration } from './topology.js';

/** What SQS is asked to keep of a declared queue. */
export function queueAttributes(
  declaration: QueueDeclaration,
  deadLetter: ExistingQueue | undefined,
  topicArns: readonly string[],
): QueueAttributes {
  const retentionS = declaration.broadcast ? BROADCAST_RETENTION_S : DEFAULT_RETENTION_S;
  return {
    VisibilityTimeout: String(declaration.visibilityTimeoutS ?? DEFAULT_VISIBILITY_TIMEOUT_S),
    MessageRetentionPeriod: String(declaration.retentionS ?? retentionS),
    ReceiveMessageWaitTimeSeconds: String(MAX_WAIT_TIME_S),
    ...(deadLetter && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetter.arn,
        maxReceiveCount: maxReceiveCount(declaration),
      }),
    }),
    ...(topicArns.length > 0 && { Policy: sendPolicy(topicArns) }),
  };
}

/** Cannot be changed, so it counts at creation alone. */
export const fifoAttribute = (name: string): QueueAttributes =>
  isFifoName(name) ? { FifoQueue: 'true' } : {};

export const maxReceiveCount = ({ deadLetter }: QueueDeclaration): number =>
  (deadLetter || undefined)?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT;

/**
 * SNS may send, and only for these topics. The resource is `*` because the queue's ARN is not known before
 * it is created; a queue policy reaches no further than its queue.
 * https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
 */
function sendPolicy(topicArns: readonly string[]): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: topicArns.map((topicArn) => ({
      Effect: 'Allow',
      Principal: { Service: 'sns.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: '*',
      Condition: { ArnEquals: { 'aws:SourceArn': topicArn } },
    })),
  });
}
