import { createHash } from 'node:crypto';

import type { EntryOutcome } from '../../call-batching/entry-batcher.js';
import { SendFailedError } from '../../errors/index.js';
import type { BrokerCopy, BrokerMessage } from '../broker.queue.js';

/** What is put into a queue in memory. */
export interface PutMessage extends BrokerCopy {
  /** Seconds before it can be received. @defaultValue the queue's */
  readonly delayS?: number | undefined;
  /** What the broker adds for receivers, such as a trace header. */
  readonly system?: Readonly<Record<string, string>>;
}

/** A message as its queue keeps it. */
export interface QueuedMessage extends PutMessage {
  readonly id: string;
  /** How often it was received. */
  readonly receives: number;
  /** Invisible until then. */
  readonly visibleAtMs: number;
  /** Of the newest receive; undefined before the first. */
  readonly handle: string | undefined;
}

export interface StoredMessage extends QueuedMessage {
  readonly sequence: number;
  /** Whether it is the second copy of a message that is delivered twice. */
  readonly isCopy?: boolean;
  /** Of the first queue it was put into; by the clock's `now`. */
  readonly sentAtMs: number;
  /** By the clock's `monotonicMs`. */
  readonly enteredAtMs: number;
  receives: number;
  firstReceivedAtMs: number | undefined;
  /** Of the newest receive, by the clock's `monotonicMs`. */
  receivedAtMs: number;
  /** Of the newest receive; undefined before the first. */
  handle: string | undefined;
  visibleAtMs: number;
}

/** An id that looks like SQS's own, and is the same for the same name. */
export const idOf = (name: string): string =>
  createHash('md5')
    .update(name)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** As a receive gives it out. */
export const delivered = (message: StoredMessage): BrokerMessage => ({
  MessageId: message.id,
  ReceiptHandle: message.handle,
  Body: message.body,
  MessageAttributes: message.attributes,
  Attributes: {
    SenderId: 'memory',
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs ?? 0),
    ...message.system,
    ...(message.group !== undefined && {
      MessageGroupId: message.group,
      SequenceNumber: String(message.sequence).padStart(20, '0'),
    }),
    ...(message.deduplicationId !== undefined && {
      MessageDeduplicationId: message.deduplicationId,
    }),
  },
});

/** What became of a message that was sent; with the id it was given. */
export type PutOutcome = EntryOutcome & { readonly id?: string | undefined };

export const DONE: EntryOutcome = { ok: true };

export const refusal = (code: string, why = ''): SendFailedError =>
  new SendFailedError(`The queue refused the message: ${code}${why && `: ${why}`}`, {
    retryable: false,
    details: { code },
  });

export const refused = (code: string, why?: string): EntryOutcome => ({
  ok: false,
  retryable: false,
  error: refusal(code, why),
});
