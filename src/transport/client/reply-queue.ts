import {
  DeleteMessageBatchCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';

import type { AwsClients } from '../../aws/index.js';
import { withIds } from '../call-batching/batch-answer.js';
import type { Clock } from '../clock.js';
import { createdAtMs, ProcessQueue } from '../process-queue/process.queue.js';
import type { ProcessQueueNames } from '../process-queue/process-queue.names.js';
import { MAX_BATCH_ENTRIES, MAX_WAIT_TIME_S, REPLY_RETENTION_S } from '../sns-sqs.constants.js';
import { isUrl } from '../topology/declare/names.js';

/**
 * Seconds until an answer whose receive was lost is received again. A caller waits for 30 s by default, which is SQS's own
 * default as well: such an answer would always come too late.
 */
const REPLY_VISIBILITY_S = 2;

/** Seconds of a poll that closing has to wait for. */
const NAMED_WAIT_TIME_S = 5;

/** The one queue on which this process receives answers: made on demand and deleted on close, or one it is given. */
export class ReplyQueue {
  private constructor(
    private readonly aws: AwsClients,
    readonly url: string,
    /** What this process made, and is to delete; absent for a queue it is given. */
    private readonly made?: ProcessQueue,
  ) {}

  static async create(
    aws: AwsClients,
    clock: Clock,
    names: ProcessQueueNames,
  ): Promise<ReplyQueue> {
    const attributes = {
      MessageRetentionPeriod: String(REPLY_RETENTION_S),
      VisibilityTimeout: String(REPLY_VISIBILITY_S),
    };
    const made = await ProcessQueue.create(aws.sqs, clock, names, attributes);
    return new ReplyQueue(aws, made.url, made);
  }

  /** A queue that is there already, by name or URL; no other process may receive from it. */
  static async named(aws: AwsClients, name: string): Promise<ReplyQueue> {
    if (isUrl(name)) return new ReplyQueue(aws, name);
    const { QueueUrl: url = '' } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return new ReplyQueue(aws, url);
  }

  /**
   * One long poll. The signal aborts it on a queue of our own alone: what an
   * aborted poll swallows goes with that queue, but is lost on one that stays.
   */
  async receive(signal: AbortSignal): Promise<readonly Message[]> {
    const { Messages: messages = [] } = await this.aws.sqsReplies.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: MAX_BATCH_ENTRIES,
        WaitTimeSeconds: this.made ? MAX_WAIT_TIME_S : NAMED_WAIT_TIME_S,
        VisibilityTimeout: REPLY_VISIBILITY_S,
        MessageAttributeNames: ['All'],
      }),
      // Options, even empty ones, make the SDK put its middleware together anew.
      this.made ? { abortSignal: signal } : undefined,
    );
    return messages;
  }

  /** Epoch milliseconds by SQS's clock at which the queue was made; this process makes it as it is opened. */
  createdAtMs(): Promise<number> {
    return createdAtMs(this.aws.sqs, this.url);
  }

  async delete(messages: readonly Message[]): Promise<void> {
    const entries = withIds(
      messages.map(({ ReceiptHandle: handle }) => ({ ReceiptHandle: handle })),
    );
    await this.aws.sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: this.url, Entries: entries }),
    );
  }

  /** Deletes the queue, if it is ours. */
  async drop(): Promise<void> {
    await this.made?.delete();
  }
}
