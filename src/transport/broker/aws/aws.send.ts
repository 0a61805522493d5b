import { PublishBatchCommand, type SNSClient } from '@aws-sdk/client-sns';
import {
  SendMessageBatchCommand,
  type MessageSystemAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';

import { regionOf } from '../../../common/arn.js';
import type { AwsClients } from '../../../aws/index.js';
import { isUnreadableAnswer } from '../../../aws/readable-answers.js';
import { batchOutcomes, withIds } from './batch-answer.js';
import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { SendFailedError } from '../../errors/index.js';
import { X_RAY_ATTRIBUTE, xRayHeaderOf } from '../x-ray.js';
import type { Address, OutgoingMessage, SendMessages } from '../broker.js';

/** Sends to SNS topics and SQS queues. */
export const awsSend =
  (aws: Pick<AwsClients, 'snsIn' | 'sqs'>): SendMessages =>
  async (to, messages) => {
    const { kind, address, fifo } = to;
    try {
      return kind === 'topic'
        ? await publish(aws.snsIn(regionOf(address)), address, fifo, messages)
        : await send(aws.sqs, address, fifo, messages);
    } catch (error) {
      throw error instanceof Error && isUnreadable(error) ? unreadable(to, error) : error;
    }
  };

async function publish(
  sns: SNSClient,
  topicArn: string,
  fifo: boolean,
  messages: readonly OutgoingMessage[],
): Promise<EntryOutcome[]> {
  const entries = messages.map(({ id, body, attributes, subject, group }) => ({
    Message: body,
    MessageAttributes: attributes,
    Subject: subject,
    ...ordering(id, group, fifo),
  }));
  const answer = await sns.send(
    new PublishBatchCommand({ TopicArn: topicArn, PublishBatchRequestEntries: withIds(entries) }),
  );
  return batchOutcomes(messages.length, answer, 'PublishBatch');
}

async function send(
  sqs: SQSClient,
  queueUrl: string,
  fifo: boolean,
  messages: readonly OutgoingMessage[],
): Promise<EntryOutcome[]> {
  const entries = messages.map(({ id, body, attributes, group, delayS }) => ({
    MessageBody: body,
    MessageAttributes: attributes,
    DelaySeconds: delayS,
    MessageSystemAttributes: xRayAttributes(attributes),
    ...ordering(id, group, fifo),
  }));
  const answer = await sqs.send(
    new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: withIds(entries) }),
  );
  return batchOutcomes(messages.length, answer, 'SendMessageBatch');
}

/**
 * A proxy may answer 200 with a page of its own. Whether SQS or SNS took the messages is then unknown, so the call is
 * retried.
 */
const unreadable = ({ kind }: Address, cause: Error): SendFailedError =>
  new SendFailedError(
    isUnreadableAnswer(cause)
      ? cause.message
      : `The answer of ${kind === 'topic' ? 'SNS' : 'SQS'} cannot be read: ${cause.message}. Check the proxies between this process and AWS`,
    { cause },
  );

/**
 * Holds for the clients of `AwsClients` and for the application's own. The SDK attaches an answer that it cannot parse
 * to its error; an error of AWS itself has a `$fault` as well.
 */
const isUnreadable = (error: Error): boolean =>
  isUnreadableAnswer(error) || ('$response' in error && !('$fault' in error));

/** Undefined without a trace; the SDK then leaves the attribute out. */
function xRayAttributes(
  attributes: OutgoingMessage['attributes'],
): Record<typeof X_RAY_ATTRIBUTE, MessageSystemAttributeValue> | undefined {
  const header = xRayHeaderOf(attributes);
  return header === undefined
    ? undefined
    : { [X_RAY_ATTRIBUTE]: { DataType: 'String', StringValue: header } };
}

/**
 * A standard queue accepts a message group too (fair queues), but refuses a deduplication id.
 * https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
const ordering = (
  id: string,
  group: string | undefined,
  fifo: boolean,
): { MessageGroupId: string | undefined; MessageDeduplicationId: string | undefined } => ({
  MessageGroupId: group,
  MessageDeduplicationId: fifo && group !== undefined ? id : undefined,
});
