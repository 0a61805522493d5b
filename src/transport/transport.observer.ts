/** What becomes of a message whose handler failed; `deadLetter` may still end in a retry, where the queue does not take it. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/** What a call to SNS or SQS is about. */
export interface CallFacts {
  /** Of messages; calls about topology are not reported. */
  readonly operation: 'send' | 'receive' | 'ack';
  /** As OpenTelemetry names them. @see https://opentelemetry.io/docs/specs/semconv/messaging/ */
  readonly system: 'aws.sns' | 'aws_sqs';
  /** Name of the topic or queue; of reply queues what their names have in common. */
  readonly destination: string;
  /** Whether it is a queue that goes with its process. */
  readonly temporary?: boolean;
}

/** How a call to SNS or SQS ended. */
export interface CallResult {
  /** One object for calls that are alike. */
  readonly call: CallFacts;
  /** Milliseconds, long polls included. */
  readonly durationMs: number;
  /** Those it was about that SNS or SQS has answered for. */
  readonly messages: number;
  /** A code for each of them that was refused. */
  readonly failures: readonly string[];
  /** The class of the error the whole call failed with. */
  readonly error?: string;
}

/** What all that is told of a queue has in common. */
interface OfQueue {
  /** As the topology names it. */
  readonly queue: string;
}

/** A message as its handlers get it. */
export interface StartedMessage extends OfQueue {
  /** The id SQS gave it. */
  readonly messageId: string;
  /** How often SQS has given it out, this time included. */
  readonly receiveCount: number;
  /** As the message names it. */
  readonly pattern: string;
  /** Before the pipes of its handlers; may hold what must not be logged. */
  readonly data: unknown;
}

/** What a `TransportObserver` is told, by the name of its method. More facts may come with a later version. */
export interface TransportFacts {
  /** A receive, or an event of Lambda, has brought so many messages. */
  received: OfQueue & { readonly messages: number };
  /** A message was read, and its handlers are about to run. */
  started: StartedMessage;
  /** The handlers of a message, or of a batch, have ended; `error` names the class of what they threw. */
  processed: OfQueue & {
    readonly pattern: string;
    readonly durationMs: number;
    readonly error?: string | undefined;
  };
  /** The handlers of a message have ended, and it is about to be acknowledged; an error that was given as the answer counts as handled. */
  handled: OfQueue & {
    readonly pattern: string;
    readonly durationMs: number;
    readonly messageId: string;
  };
  /** A handler that was not run: the idempotency store knows its work as done. */
  repeated: OfQueue & { readonly pattern: string };
  /** A message that no handler takes and whose codec lets go (`optional`): it is about to be acknowledged. */
  ignored: OfQueue;
  /** A message has failed. */
  failed: OfQueue & {
    /** Undefined where the message could not be read. */
    readonly pattern: string | undefined;
    /** What becomes of it. */
    readonly action: FailureAction;
    /** What was thrown, as it was thrown. */
    readonly error: unknown;
    readonly messageId: string;
  };
  /** A lease ran out, or the message was redelivered while its first copy was running. */
  leaseLost: OfQueue;
  /** A message was handled, but SQS did not delete it: it is redelivered. */
  deleteFailed: OfQueue;
  /** SQS has deleted so many messages, or Lambda will. */
  acknowledged: OfQueue & { readonly messages: number };
  /** This process's queue of a broadcast was gone and was made again: events published meanwhile are missed. */
  queueRestored: OfQueue;
  /** A request that came after its caller had stopped waiting. */
  requestExpired: OfQueue;
  /** An answer nobody waits for. */
  lateReply: {
    /** Of the request that it answers. */
    readonly requestId: string;
  };
  /** AWS has taken an event or a request. */
  sent: {
    readonly pattern: string;
    /** As it was given, also within a record; undefined for a message that a store has kept. */
    readonly data: unknown;
  };
  /** A call to SNS or SQS has ended. */
  called: CallResult;
}

/**
 * Told of everything worth counting. Every method is optional, and is given one object, see `TransportFacts`; what one
 * throws is logged and harms nothing. Durations are in milliseconds; queues are named as the topology declares them.
 *
 * @example
 * const observer: TransportObserver = {
 *   failed: ({ queue, pattern = '', action }) => failures.labels(queue, pattern, action).inc(),
 * };
 */
export type TransportObserver = {
  readonly [Hook in keyof TransportFacts]?: (facts: TransportFacts[Hook]) => void;
};
