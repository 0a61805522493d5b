import { hash } from 'node:crypto';

import type { Clock } from '../../clock.js';
import type { BrokerCopy, BrokerMessage } from '../broker.queue.js';

/** What is put into a queue in memory. */
export interface PutMessage extends BrokerCopy {
  /** Seconds before it can be received. @defaultValue the queue's */
  readonly delayS?: number | undefined;
  /** What the broker adds for receivers, such as a trace header. */
  readonly system?: Readonly<Record<string, string>>;
}

/** A message as its queue keeps it; times are those of the clock's `monotonicMs` where they say nothing else. */
export interface StoredMessage extends PutMessage {
  readonly id: string;
  readonly sequence: number;
  /** Whether it is the second copy of a message that is delivered twice. */
  readonly isCopy?: boolean;
  /** Of the first queue it was put into; by the clock's `now`. */
  readonly sentAtMs: number;
  readonly enteredAtMs: number;
  /** How often it was received. */
  receives: number;
  /** By the clock's `now`. */
  firstReceivedAtMs: number | undefined;
  receivedAtMs: number;
  /** Invisible until then. */
  visibleAtMs: number;
}

export const NOT_RECEIVED = { receives: 0, firstReceivedAtMs: undefined, receivedAtMs: 0 };

/** Notes that a message is received now. */
export const received = (
  message: StoredMessage,
  clock: Clock,
  visibilityTimeoutS: number,
): StoredMessage =>
  Object.assign(message, {
    receives: message.receives + 1,
    firstReceivedAtMs: message.firstReceivedAtMs ?? clock.now(),
    receivedAtMs: clock.monotonicMs(),
    visibleAtMs: clock.monotonicMs() + visibilityTimeoutS * 1000,
  });

/** An id that looks like SQS's own, and is the same for the same name. */
export const idOf = (name: string): string =>
  hash('md5', name).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');

/** The receipt handle of its newest receive. */
export const handleOf = ({ sequence, receives }: Readonly<StoredMessage>): string =>
  `${sequence}#${receives}`;

/** As a receive gives it out. */
export const delivered = (message: StoredMessage): BrokerMessage => ({
  MessageId: message.id,
  ReceiptHandle: handleOf(message),
  Body: message.body,
  MessageAttributes: message.attributes,
  Attributes: {
    SenderId: 'memory',
    SentTimestamp: String(message.sentAtMs),
    ApproximateReceiveCount: String(message.receives),
    ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs),
    ...message.system,
    MessageGroupId: message.group,
    SequenceNumber: message.group && String(message.sequence).padStart(20, '0'),
    MessageDeduplicationId: message.deduplicationId,
  },
});

/** How many messages can be received, or could be if their group was not in flight; are in flight; wait for their delay. */
export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

export function depthOf(messages: Iterable<StoredMessage>, nowMs: number): QueueDepth {
  const depth = { visible: 0, inFlight: 0, delayed: 0 };
  for (const { visibleAtMs, receives } of messages) {
    if (visibleAtMs <= nowMs) depth.visible += 1;
    else if (receives > 0) depth.inFlight += 1;
    else depth.delayed += 1;
  }
  return depth;
}

/** When the next message becomes visible; infinite if all are. */
export function nextVisibleMs(messages: Iterable<StoredMessage>, nowMs: number): number {
  let nextMs = Infinity;
  for (const { visibleAtMs } of messages)
    if (visibleAtMs > nowMs && visibleAtMs < nextMs) nextMs = visibleAtMs;
  return nextMs;
}
