import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type MessageSystemAttributeName,
} from '@aws-sdk/client-sqs';

import type { AwsClients } from '../../../aws/index.js';
import { X_RAY_ATTRIBUTE } from '../x-ray.js';
import { batchOutcomes, withIds } from './batch-answer.js';
import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { SendFailedError } from '../../errors/index.js';
import type {
  BrokerCopy,
  BrokerMessage,
  BrokerQueue,
  OpenQueue,
  ReceiveRequest,
  VisibilityChange,
} from '../broker.queue.js';

const SYSTEM_ATTRIBUTES: MessageSystemAttributeName[] = [
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'SentTimestamp',
  X_RAY_ATTRIBUTE,
];
const FIFO_ATTRIBUTES: MessageSystemAttributeName[] = [
  ...SYSTEM_ATTRIBUTES,
  'MessageGroupId',
  'SequenceNumber',
];

type Clients = Pick<AwsClients, 'sqs' | 'sqsPolling' | 'sqsReplies'>;

/** Opens SQS queues by URL. */
export const sqsQueues =
  (aws: Clients): OpenQueue =>
  (url) =>
    new SqsQueue(aws, url);

class SqsQueue implements BrokerQueue {
  constructor(
    private readonly aws: Clients,
    private readonly url: string,
  ) {}

  async receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]> {
    const { maxMessages, waitTimeS, visibilityTimeoutS, attemptId, signal } = request;
    const command = new ReceiveMessageCommand({
      QueueUrl: this.url,
      MaxNumberOfMessages: maxMessages,
      WaitTimeSeconds: waitTimeS,
      VisibilityTimeout: visibilityTimeoutS,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: attemptId === undefined ? SYSTEM_ATTRIBUTES : FIFO_ATTRIBUTES,
      ...(attemptId !== undefined && { ReceiveRequestAttemptId: attemptId }),
    });
    // Call options make the SDK rebuild its middleware stack, so receives that can be aborted have a client of their
    // own.
    const { Messages: messages = [] } = await (signal
      ? this.aws.sqsReplies.send(command, { abortSignal: signal })
      : this.aws.sqsPolling.send(command));
    return messages;
  }

  async delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]> {
    const entries = withIds(receiptHandles.map((ReceiptHandle) => ({ ReceiptHandle })));
    const answer = await this.aws.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries: entries }),
    );
    return batchOutcomes(entries.length, answer, 'DeleteMessageBatch');
  }

  async changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]> {
    const entries = withIds(
      changes.map(({ receiptHandle, visibilityTimeoutS }) => ({
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: visibilityTimeoutS,
      })),
    );
    const answer = await this.aws.sqs.send(
      new ChangeMessageVisibilityBatchCommand({ QueueUrl: this.url, Entries: entries }),
    );
    return batchOutcomes(entries.length, answer, 'ChangeMessageVisibilityBatch');
  }

  async send({ body, attributes, group, deduplicationId }: BrokerCopy): Promise<void> {
    const { MessageId: id } = await this.aws.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.url,
        MessageBody: body,
        MessageAttributes: Object.fromEntries(
          Object.entries(attributes).map(([name, { DataType, StringValue, BinaryValue }]) => [
            name,
            // Field by field: the SDK returns empty list fields, which SQS refuses when they are sent.
            {
              DataType,
              ...(StringValue !== undefined && { StringValue }),
              ...(BinaryValue !== undefined && { BinaryValue }),
            },
          ]),
        ),
        ...(group !== undefined && { MessageGroupId: group }),
        ...(deduplicationId !== undefined && { MessageDeduplicationId: deduplicationId }),
      }),
    );
    // A 200 without a message id need not come from SQS. Taking it for success would delete the original of the copy.
    if (id === undefined)
      throw new SendFailedError('The answer of SQS to SendMessage names no message');
  }
}
