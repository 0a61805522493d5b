/** What becomes of a message whose handler failed; `deadLetter` may still end in a retry, where the queue does not take it. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/** A message as its handlers get it. */
export interface StartedMessage {
  /** The id SQS gave it. */
  readonly messageId: string;
  /** How often SQS has given it out, this time included. */
  readonly receiveCount: number;
  /** As the message names it. */
  readonly pattern: string;
  /** Before the pipes of its handlers; may hold what must not be logged. */
  readonly data: unknown;
}

/** What a call to SNS or SQS is about. */
export interface CallFacts {
  /** Of messages; calls about topology are not told of. */
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
  /** Milliseconds, long polls included. */
  readonly durationMs: number;
  /** Those it was about that SNS or SQS has answered for. */
  readonly messages: number;
  /** A code for each of them that was refused. */
  readonly failures: readonly string[];
  /** The class of the error the whole call failed with. */
  readonly error?: string;
}

/**
 * Told of everything worth counting. Every method is optional; what one throws
 * is logged and harms nothing. Durations are in milliseconds; queues are named as
 * the topology declares them.
 *
 * @example
 * const observer: TransportObserver = {
 *   failed: (queue, pattern, action) => failures.labels(queue, pattern ?? '', action).inc(),
 * };
 */
export interface TransportObserver {
  /** A receive, or an event of Lambda, has brought so many messages. */
  received?(queue: string, messages: number): void;
  /** A message was read, and its handlers are about to run. */
  started?(queue: string, message: StartedMessage): void;
  /** The handlers of a message, or of a batch, have ended; `error` names the class of what they threw. */
  processed?(queue: string, pattern: string, durationMs: number, error?: string): void;
  /** The handlers of a message have ended, and it is about to be acknowledged; an error that was given as the answer counts as handled. */
  handled?(queue: string, pattern: string, durationMs: number, messageId: string): void;
  /** A handler that was not run: the idempotency store knows its work as done. */
  repeated?(queue: string, pattern: string): void;
  /** A message that no handler takes and whose codec lets go (`optional`): it is about to be acknowledged. */
  ignored?(queue: string): void;
  /** A message has failed. `pattern` is undefined where it could not be read. */
  failed?(
    queue: string,
    pattern: string | undefined,
    action: FailureAction,
    error: unknown,
    messageId: string,
  ): void;
  /** A lease ran out, or the message was redelivered while its first copy was running. */
  leaseLost?(queue: string): void;
  /** A message was handled, but SQS did not delete it: it is redelivered. */
  deleteFailed?(queue: string): void;
  /** SQS has deleted so many messages, or Lambda will. */
  acknowledged?(queue: string, messages: number): void;
  /** This process's queue of a broadcast was gone and was made again: events published meanwhile are missed. */
  queueRestored?(queue: string): void;
  /** A request that came after its caller had stopped waiting. */
  requestExpired?(queue: string): void;
  /** An answer nobody waits for. */
  lateReply?(): void;
  /** AWS has taken an event or a request; `data` as it was given, also within a record; undefined for one that a store has kept. */
  sent?(pattern: string, data: unknown): void;
  /** A call to SNS or SQS has ended. `facts` is one object for calls that are alike. */
  called?(facts: CallFacts, result: CallResult): void;
}
