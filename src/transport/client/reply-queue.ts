import {
  CreateQueueCommand,
  DeleteMessageBatchCommand,
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  TagQueueCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';

import type { AwsClients } from '../../aws/index.js';
import { withIds } from '../batch/batch-answer.js';
import { MAX_BATCH_ENTRIES, MAX_WAIT_TIME_S, REPLY_RETENTION_S } from '../sns-sqs.constants.js';
import { isUrl } from '../topology/names.js';
import { LAST_SEEN_TAG, OWNER_TAG } from './stale-reply-queues.js';

/** Seconds of a poll that closing has to wait for. */
const NAMED_WAIT_TIME_S = 5;

/** The one queue on which this process receives answers: made on demand and deleted on close, or one it is given. */
export class ReplyQueue {
  private constructor(
    private readonly aws: AwsClients,
    readonly url: string,
    /** Whether this process made it, and is to delete it. */
    readonly own: boolean,
  ) {}

  static async create(aws: AwsClients, prefix: string): Promise<ReplyQueue> {
    const { QueueUrl: url = '' } = await aws.sqs.send(
      new CreateQueueCommand({
        QueueName: `${prefix}${randomUUID()}`,
        Attributes: { MessageRetentionPeriod: String(REPLY_RETENTION_S) },
        // Whoever finds the queue left behind can tell whose it was.
        tags: {
          [OWNER_TAG]: hostname().slice(0, 256),
          [LAST_SEEN_TAG]: new Date().toISOString(),
        },
      }),
    );
    return new ReplyQueue(aws, url, true);
  }

  /** A queue that is there already, by name or URL; no other process may receive from it. */
  static async named(aws: AwsClients, name: string): Promise<ReplyQueue> {
    if (isUrl(name)) return new ReplyQueue(aws, name, false);
    const { QueueUrl: url = '' } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
    return new ReplyQueue(aws, url, false);
  }

  /**
   * One long poll. The signal aborts it on a queue of our own alone: what an
   * aborted poll swallows goes with that queue, but is lost on one that stays.
   */
  async receive(signal: AbortSignal): Promise<readonly Message[]> {
    const { Messages: messages = [] } = await this.aws.sqsPolling.send(
      new ReceiveMessageCommand({
        QueueUrl: this.url,
        MaxNumberOfMessages: MAX_BATCH_ENTRIES,
        WaitTimeSeconds: this.own ? MAX_WAIT_TIME_S : NAMED_WAIT_TIME_S,
        MessageAttributeNames: ['All'],
      }),
      this.own ? { abortSignal: signal } : {},
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

  /** Tells whoever sweeps that the owner lives. */
  async touch(): Promise<void> {
    const tags = { [LAST_SEEN_TAG]: new Date().toISOString() };
    await this.aws.sqs.send(new TagQueueCommand({ QueueUrl: this.url, Tags: tags }));
  }

  /** Deletes the queue, if it is ours. */
  async drop(): Promise<void> {
    if (!this.own) return;
    await this.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: this.url }));
  }
}
