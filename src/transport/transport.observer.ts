/** What became of a message whose handler failed. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/** A message as its handlers get it. */
export interface StartedMessage {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly pattern: string;
  readonly data: unknown;
}

/** What a call to SNS or SQS is about. */
export interface CallFacts {
  readonly operation: 'send' | 'receive' | 'ack';
  readonly system: 'aws.sns' | 'aws_sqs';
  /** Name of the topic or queue; of reply queues what their names have in common. */
  readonly destination: string;
  readonly temporary?: boolean;
}

export interface CallResult {
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
 * is logged and harms nothing. Durations are in milliseconds.
 */
export interface TransportObserver {
  received?(queue: string, messages: number): void;
  /** A message was read, and its handlers are about to run. */
  started?(queue: string, message: StartedMessage): void;
  /** The handlers of a message, or of a batch, have ended; `error` names the class of what they threw. */
  processed?(queue: string, pattern: string, durationMs: number, error?: string): void;
  handled?(queue: string, pattern: string, durationMs: number, messageId: string): void;
  /** A handler that was not run: the idempotency store knows its work as done. */
  repeated?(queue: string, pattern: string): void;
  failed?(
    queue: string,
    pattern: string | undefined,
    action: FailureAction,
    error: unknown,
    messageId: string,
  ): void;
  /** A lease ran out, or the message came again while its first copy was running. */
  leaseLost?(queue: string): void;
  /** A message was handled, but SQS did not delete it: it comes again. */
  deleteFailed?(queue: string): void;
  acknowledged?(queue: string, messages: number): void;
  /** This process's queue of a broadcast was gone and was made again: events published meanwhile are missed. */
  queueRestored?(queue: string): void;
  /** A request that came after its caller had stopped waiting. */
  requestExpired?(queue: string): void;
  /** An answer nobody waits for. */
  lateReply?(): void;
  sent?(pattern: string, data: unknown): void;
  /** A call to SNS or SQS has ended. `facts` is one object for calls that are alike. */
  called?(facts: CallFacts, result: CallResult): void;
}
