import { DeleteMessageCommand, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { AwsClients } from '../../aws/index.js';
import {
  parseCommand,
  parseEvent,
  parseResult,
  type Command,
  type Event,
  type Result,
} from '../../protocol/index.js';
import { parseJson } from '../../transport/codec/index.js';
import { parsePointer } from '../../transport/codec/claim-check.js';
import { PayloadStore } from '../../transport/codec/payload-store.js';
import { unwrapSnsEnvelope } from '../../transport/codec/sns-envelope.js';

export interface ReceiveOptions {
  /** At most this many messages, 1 to 10. Default 10. */
  readonly maxMessages?: number;
  /** Seconds that SQS waits for a first message, 0 to 20. Default 20. */
  readonly waitTimeS?: number;
  /** Seconds until a message that is not deleted is received again. Default: as the queue has it. */
  readonly visibilityTimeoutS?: number;
}

/** A received message. It is received again unless `delete` is called in time. */
export interface ManualMessage {
  readonly messageId: string;
  readonly receiptHandle: string;
  /** What the publisher wrote; the envelope of SNS is taken off. */
  readonly body: string;
  /** @throws {InvalidMessageError | ValidationFailedError} when the body is no Command */
  command(): Command;
  /** @throws {InvalidMessageError | ValidationFailedError} when the body is no Result */
  result(): Result;
  /** @throws {InvalidMessageError | ValidationFailedError} when the body is no Event */
  event(): Event;
}

/**
 * Receives and deletes messages of one queue in a program without Nest. Leases, retries and
 * dead-lettering are the caller's and the queue's: `SnsSqsServer` does all of that.
 *
 * @example
 * const consumer = new ManualConsumer(new AwsClients({ region: 'eu-central-1' }), queueUrl);
 * for (const message of await consumer.receive()) {
 *   await record(message.result());
 *   await consumer.delete(message);
 * }
 */
export class ManualConsumer {
  readonly #payloads: PayloadStore | undefined;

  /** @param payloadBucket where bodies over the limits of SNS and SQS lie; without it a message has the pointer as its body */
  constructor(
    private readonly aws: Pick<AwsClients, 'sqs' | 'sqsPolling' | 's3'>,
    private readonly queueUrl: string,
    payloadBucket?: string,
  ) {
    this.#payloads =
      payloadBucket === undefined ? undefined : new PayloadStore(() => aws.s3, payloadBucket);
  }

  async receive({
    maxMessages = 10,
    waitTimeS = 20,
    visibilityTimeoutS,
  }: ReceiveOptions = {}): Promise<ManualMessage[]> {
    const { Messages: messages = [] } = await this.aws.sqsPolling.send(
      new ReceiveMessageCommand({
        QueueUrl: this.queueUrl,
        MaxNumberOfMessages: maxMessages,
        WaitTimeSeconds: waitTimeS,
        ...(visibilityTimeoutS !== undefined && { VisibilityTimeout: visibilityTimeoutS }),
      }),
    );
    return Promise.all(
      messages.map(async ({ MessageId: messageId = '', ReceiptHandle = '', Body = '' }) => {
        const body = await this.#bodyOf(Body);
        return {
          messageId,
          receiptHandle: ReceiptHandle,
          body,
          command: () => parseCommand(parseJson(body)),
          result: () => parseResult(parseJson(body)),
          event: () => parseEvent(parseJson(body)),
        };
      }),
    );
  }

  /** Takes off the envelope of SNS, and fetches what lies in the payload bucket. */
  async #bodyOf(received: string): Promise<string> {
    // What the queue is subscribed to is not known here.
    const { body } = unwrapSnsEnvelope(received, 'unknown');
    const pointer = this.#payloads && parsePointer(body);
    if (!pointer || !this.#payloads) return body;
    const fetched = await this.#payloads.get(pointer);
    fetched.release();
    return fetched.body;
  }

  /** Acknowledges a message: it is not received again. */
  async delete({ receiptHandle }: Pick<ManualMessage, 'receiptHandle'>): Promise<void> {
    await this.aws.sqs.send(
      new DeleteMessageCommand({ QueueUrl: this.queueUrl, ReceiptHandle: receiptHandle }),
    );
  }
}
