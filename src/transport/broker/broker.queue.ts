import type { EntryOutcome } from '../call-batching/entry-batcher.js';

/** One attribute of a message, as SQS names its parts. */
export interface BrokerAttribute {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** A message as a broker delivers it, with SQS's field names. Handlers see it as `context.getMessage()`. */
export interface BrokerMessage {
  readonly MessageId?: string | undefined;
  /** Identifies this receive of the message; deletes and visibility changes need it. */
  readonly ReceiptHandle?: string | undefined;
  readonly Body?: string | undefined;
  /** What the broker knows of it: receive count, first receive, FIFO group and sequence number. */
  readonly Attributes?: Readonly<Record<string, string | undefined>> | undefined;
  readonly MessageAttributes?: Readonly<Record<string, BrokerAttribute>> | undefined;
}

export interface ReceiveRequest {
  readonly maxMessages: number;
  /** Seconds to wait for the first message. */
  readonly waitTimeS: number;
  /** Seconds the messages of this receive are invisible to others. */
  readonly visibilityTimeoutS: number;
  /** FIFO: a receive repeated with the same id returns the messages of the first one, whose answer was lost. */
  readonly attemptId?: string | undefined;
  /** Aborts the wait; messages that an aborted receive has taken stay invisible for their visibility timeout. */
  readonly signal?: AbortSignal | undefined;
}

/** When a message that is in flight becomes visible again. */
export interface VisibilityChange {
  readonly receiptHandle: string;
  /** Seconds from now; 0 for at once. */
  readonly visibilityTimeoutS: number;
}

/** A message to send to a queue unchanged. */
export interface BrokerCopy {
  readonly body: string;
  readonly attributes: Readonly<Record<string, BrokerAttribute>>;
  /** FIFO only. */
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/**
 * One queue of a broker, with the calls that receiving needs. Lists hold at most ten entries; each has its outcome at
 * the same position. A rejection means that the call failed as a whole, and that its effect is unknown.
 */
export interface BrokerQueue {
  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]>;
  delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]>;
  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]>;
  send(copy: BrokerCopy): Promise<void>;
}

/** A broker's queues by URL. */
export type OpenQueue = (url: string) => BrokerQueue;
