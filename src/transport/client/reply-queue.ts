import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import type { AwsClients } from '../../aws/index.js';
import { withIds } from '../batch/batch-answer.js';
import { MAX_BATCH_ENTRIES, MAX_WAIT_TIME_S, REPLY_RETENTION_S } from '../sns-sqs.constants.js';

/** The one queue on which this process receives answers; made on demand, deleted on close. */
export class ReplyQueue {
  private constructor(
    private readonly aws: AwsClients,
    readonly url: string,
  ) {}

  static async create(aws: AwsClients, prefix: string): Promise<ReplyQueue> {
    const { QueueUrl: url = '' } = await aws.sqs.send(
      new CreateQueueCommand({
        QueueName: `${prefix}${randomUUID()}`,
        Attributes: { MessageRetentionPeriod: String(REPLY_RETENTION_S) },
        // Whoever finds the queue left behind can tell whose it was.
        tags: {
          'weft:owner': hostname().slice(0, 256),
          'weft:last-seen': new Date().toISOString(),
        },
      }),
    );
    return new ReplyQueue(aws, url);
  }

  /** One long poll. The signal may abort it: whatever it would lose goes with the queue. */
  async receive(signal: AbortSignal): Promise<readonly Message[]> {
    const { Messages: messages = [] } = await this.aws.sqsPolling.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: MAX_BATCH_ENTRIES,
        WaitTimeSeconds: MAX_WAIT_TIME_S,
        MessageAttributeNames: ['All'],
      }),
      { abortSignal: signal },
    );
    return messages;
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const entries = withIds(
      messages.map(({ ReceiptHandle: handle }) => ({ ReceiptHandle: handle })),
    );
    await this.aws.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries: entries }),
    );
  }

  async drop(): Promise<void> {
    await this.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: this.url }));
  }
}
