/** What became of a message whose handler failed. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/** A message as its handlers get it. */
export interface StartedMessage {
  readonly messageId: string;
  readonly receiveCount: number;
  readonly pattern: string;
  readonly data: unknown;
}

/**
 * Told of everything worth counting. Every method is optional and must not
 * throw; durations are in milliseconds.
 */
export interface TransportObserver {
  received?(queue: string, messages: number): void;
  /** A message was read, and its handlers are about to run. */
  started?(queue: string, message: StartedMessage): void;
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
  acknowledged?(queue: string, messages: number): void;
  /** This process's queue of a broadcast was gone and was made again: events published meanwhile are missed. */
  queueRestored?(queue: string): void;
  /** A request that came after its caller had stopped waiting. */
  requestExpired?(queue: string): void;
  /** An answer nobody waits for. */
  lateReply?(): void;
  sent?(pattern: string, data: unknown): void;
}
