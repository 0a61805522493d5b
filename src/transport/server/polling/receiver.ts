import {
  ReceiveMessageCommand,
  type Message,
  type MessageSystemAttributeName,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { randomUUID } from 'node:crypto';

import { isNotFound } from '../../../aws/index.js';
import { unwatched, type WatchedCall } from '../../observing/watch-calls.js';
import type { BoundQueue } from '../../topology/index.js';

const SYSTEM_ATTRIBUTES: MessageSystemAttributeName[] = [
  'ApproximateReceiveCount',
  'ApproximateFirstReceiveTimestamp',
  'MessageGroupId',
  'SentTimestamp',
];

/** Asks SQS for messages of one queue. */
export class Receiver {
  readonly #lostAttempts: string[] = [];

  constructor(
    private readonly sqs: SQSClient,
    private readonly queue: Pick<BoundQueue, 'url' | 'fifo' | 'restore' | 'visibilityTimeoutS'>,
    private readonly watched: WatchedCall = unwatched,
  ) {}

  /** One receive. */
  async receive(maxMessages: number, waitTimeS: number): Promise<readonly Message[]> {
    // After a lost answer SQS gives the same messages out to the same id, which would else block their groups.
    const attemptId = this.queue.fifo ? (this.#lostAttempts.pop() ?? randomUUID()) : undefined;
    try {
      return await this.watched(async () => {
        const { Messages: messages = [] } = await this.sqs.send(
          new ReceiveMessageCommand({
            QueueUrl: this.queue.url,
            MaxNumberOfMessages: maxMessages,
            WaitTimeSeconds: waitTimeS,
            // Whatever the queue itself is set to now: leases and heartbeat count on it.
            VisibilityTimeout: this.queue.visibilityTimeoutS,
            MessageAttributeNames: ['All'],
            MessageSystemAttributeNames: SYSTEM_ATTRIBUTES,
            ...(attemptId !== undefined && { ReceiveRequestAttemptId: attemptId }),
          }),
        );
        return messages;
      });
    } catch (error) {
      if (attemptId !== undefined) this.#lostAttempts.push(attemptId);
      if (!this.queue.restore || !isNotFound(error)) throw error;
      await this.queue.restore(error);
      return [];
    }
  }
}
