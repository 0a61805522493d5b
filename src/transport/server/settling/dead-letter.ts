import {
  SendMessageCommand,
  type Message,
  type MessageAttributeValue,
  type SQSClient,
} from '@aws-sdk/client-sqs';

import { WeftError } from '../../errors/index.js';
import { MAX_ATTRIBUTES } from '../../sns-sqs.constants.js';
import type { Lease } from '../leases/lease.js';

/**
 * Name of the attribute that says why a message is in the dead-letter queue: a String, in words, up to 1024 characters.
 *
 * @example
 * const reason = message.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue;
 */
export const DEAD_LETTER_REASON = 'deadLetterReason';
/**
 * Name of the attribute that says where a message in the dead-letter queue comes from: a String, the JSON of
 * `{ code, queue, messageId, receiveCount, firstReceivedAt, attributes }`. The time is ISO 8601; the attributes are
 * those that found no room beside the others.
 *
 * @example
 * const { messageId } = JSON.parse(message.MessageAttributes?.[DEAD_LETTER_DETAILS]?.StringValue ?? '{}');
 */
export const DEAD_LETTER_DETAILS = 'deadLetterDetails';

const OWN_ATTRIBUTES = 2;
const MAX_REASON_LENGTH = 1024;
// SQS takes these characters in attribute values and no others.
const UNSENDABLE = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}]/gu;

/** Copies messages that cannot be handled into the dead-letter queue, with the reason. */
export class DeadLetterQueue {
  constructor(
    private readonly sqs: SQSClient,
    private readonly url: string,
    private readonly sourceQueue: string,
    private readonly fifo: boolean,
  ) {}

  /** Resolves when SQS has the copy; the original is still to be deleted. */
  async put(lease: Lease, error: unknown): Promise<void> {
    const { message, messageId, group } = lease;
    await this.sqs.send(
      new SendMessageCommand({
        QueueUrl: this.url,
        MessageBody: message.Body,
        MessageAttributes: this.#attributes(message, lease, error),
        // After a crash between copy and delete the second copy is the same message to a FIFO queue.
        ...(this.fifo && { MessageGroupId: group ?? messageId, MessageDeduplicationId: messageId }),
      }),
    );
  }

  #attributes(
    message: Message,
    lease: Lease,
    error: unknown,
  ): Record<string, MessageAttributeValue> {
    // A message that was moved back from here has them already.
    const original = Object.entries(message.MessageAttributes ?? {}).filter(
      ([name]) => name !== DEAD_LETTER_REASON && name !== DEAD_LETTER_DETAILS,
    );
    const kept = original.slice(0, MAX_ATTRIBUTES - OWN_ATTRIBUTES);
    const details = {
      code:
        error instanceof WeftError ? error.code : error instanceof Error ? error.name : 'unknown',
      queue: this.sourceQueue,
      messageId: lease.messageId,
      receiveCount: lease.receiveCount,
      firstReceivedAt: new Date(lease.firstReceivedAtMs).toISOString(),
      attributes: Object.fromEntries(
        original
          .slice(kept.length)
          .map(([name, { DataType: type, StringValue: value }]) => [name, { type, value }]),
      ),
    };
    return {
      ...Object.fromEntries(kept.map(([name, value]) => [name, copied(value)])),
      [DEAD_LETTER_REASON]: text(reasonOf(error)),
      [DEAD_LETTER_DETAILS]: text(JSON.stringify(details)),
    };
  }
}

/** The SDK gives empty list fields back that SQS refuses to take. */
const copied = ({
  DataType,
  StringValue,
  BinaryValue,
}: MessageAttributeValue): MessageAttributeValue => ({
  DataType,
  ...(StringValue !== undefined && { StringValue }),
  ...(BinaryValue !== undefined && { BinaryValue }),
});

const text = (value: string): MessageAttributeValue => ({
  DataType: 'String',
  StringValue: value.replaceAll(UNSENDABLE, '\u{fffd}'),
});

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.slice(0, MAX_REASON_LENGTH) || 'no reason given';
}
