/** What happens to a failed message; `deadLetter` may still end in a retry, if the dead-letter queue refuses it. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/** Facts about a call to SNS or SQS. */
export interface CallFacts {
  /** The operation on messages; calls about topology are not reported. */
  readonly operation: 'send' | 'receive' | 'ack';
  /** As OpenTelemetry names them. @see https://opentelemetry.io/docs/specs/semconv/messaging/ */
  readonly system: 'aws.sns' | 'aws_sqs';
  /** Name of the topic or queue; for reply queues their common prefix. */
  readonly destination: string;
  /** Whether it is a per-process queue. */
  readonly temporary?: boolean;
}

/** How a call to SNS or SQS ended. */
export interface CallResult {
  /** One object for calls that are alike. */
  readonly call: CallFacts;
  /** Milliseconds, including those of a long poll. */
  readonly durationMs: number;
  /** Number of messages that SNS or SQS has answered for. */
  readonly messages: number;
  /** An error code for each refused message. */
  readonly failures: readonly string[];
  /** Class of the error with which the whole call failed. */
  readonly error?: string;
}

/** The queue of an event. */
interface OfQueue {
  /** As the topology names it. */
  readonly queue: string;
}

/** A message as its handlers get it. */
export interface StartedMessage extends OfQueue {
  /** The id SQS gave it. */
  readonly messageId: string;
  /** How often SQS has delivered it, including this time. */
  readonly receiveCount: number;
  /** The message's own pattern. */
  readonly pattern: string;
  /** The payload before the handler's pipes; may contain data that must not be logged. */
  readonly data: unknown;
}

/** The arguments of a `TransportObserver`, by method. Later versions may add facts. */
export interface TransportFacts {
  /** A receive or a Lambda event has brought messages. */
  received: OfQueue & { readonly messages: number };
  /** A message was read, and its handlers are about to run. */
  started: StartedMessage;
  /** The handlers of a message, or of a batch, have ended; `error` is the class of their error. */
  processed: OfQueue & {
    readonly pattern: string;
    readonly durationMs: number;
    readonly error?: string | undefined;
  };
  /**
   * The handlers of a message have ended, and it is about to be acknowledged. A request answered with an error counts
   * as handled.
   */
  handled: OfQueue & {
    readonly pattern: string;
    readonly durationMs: number;
    readonly messageId: string;
  };
  /** A handler was skipped because the idempotency store has its work as done. */
  repeated: OfQueue & { readonly pattern: string };
  /** No handler takes the message, and its codec marks it as `optional`: it is about to be acknowledged. */
  ignored: OfQueue;
  /** A message has failed. */
  failed: OfQueue & {
    /** Undefined if the message could not be read. */
    readonly pattern: string | undefined;
    /** What happens to it. */
    readonly action: FailureAction;
    /** The thrown value itself. */
    readonly error: unknown;
    readonly messageId: string;
  };
  /** A lease ran out, or the message was redelivered while its first copy was running. */
  leaseLost: OfQueue;
  /** A message was handled, but SQS did not delete it: it will be redelivered. */
  deleteFailed: OfQueue;
  /** SQS has deleted messages, or Lambda will. */
  acknowledged: OfQueue & { readonly messages: number };
  /** This process's broadcast queue, or its subscription, was deleted and created again: events published meanwhile are lost for it. */
  queueRestored: OfQueue;
  /** A request was received after its caller had stopped waiting. */
  requestExpired: OfQueue;
  /** An answer came after its caller had stopped waiting. */
  lateReply: {
    /** Id of the request it answers. */
    readonly requestId: string;
  };
  /** AWS has taken an event or a request. */
  sent: {
    readonly pattern: string;
    /** The data passed to `emit` or `send`, without its record; undefined for a message that a store has kept. */
    readonly data: unknown;
  };
  /** A call to SNS or SQS has ended. */
  called: CallResult;
}

/**
 * Called for every countable event. Every method is optional and gets one object, see `TransportFacts`; its errors are
 * logged and change nothing. Durations are in milliseconds; queues have their declared names.
 *
 * @example
 * const observer: TransportObserver = {
 *   failed: ({ queue, pattern = '', action }) => failures.labels(queue, pattern, action).inc(),
 * };
 */
export type TransportObserver = {
  readonly [Hook in keyof TransportFacts]?: (facts: TransportFacts[Hook]) => void;
};
