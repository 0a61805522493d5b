import type { EntryOutcome } from '../call-batching/entry-batcher.js';

/** One attribute of a message, as SQS names its parts. */
export interface BrokerAttribute {
  readonly DataType?: string | undefined;
  readonly StringValue?: string | undefined;
  readonly BinaryValue?: Uint8Array | undefined;
}

/** A message as a broker hands it out; the names are SQS's own, which `context.getMessage()` shows to handlers. */
export interface BrokerMessage {
  readonly MessageId?: string | undefined;
  /** Names this receive of the message: what it is deleted or made visible by. */
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
  /** FIFO: a repeated receive with the same id brings the messages of the first one, whose answer was lost. */
  readonly attemptId?: string | undefined;
  /** Aborts the wait; what an aborted receive has taken stays invisible for its time. */
  readonly signal?: AbortSignal | undefined;
}

/** When a message that is in flight becomes visible again. */
export interface VisibilityChange {
  readonly receiptHandle: string;
  /** Seconds from now; 0 for at once. */
  readonly visibilityTimeoutS: number;
}

/** A message to be put into a queue as it is. */
export interface BrokerCopy {
  readonly body: string;
  readonly attributes: Readonly<Record<string, BrokerAttribute>>;
  /** FIFO only. */
  readonly group?: string | undefined;
  readonly deduplicationId?: string | undefined;
}

/**
 * One queue of a broker: all that receiving needs of it. Lists take ten entries at most and are answered entry by
 * entry, by position. A rejection is a call that failed as a whole; whether it took effect is then unknown.
 */
export interface BrokerQueue {
  receive(request: ReceiveRequest): Promise<readonly BrokerMessage[]>;
  delete(receiptHandles: readonly string[]): Promise<EntryOutcome[]>;
  changeVisibility(changes: readonly VisibilityChange[]): Promise<EntryOutcome[]>;
  send(copy: BrokerCopy): Promise<void>;
}

/** A broker's queues by URL. */
export type OpenQueue = (url: string) => BrokerQueue;
