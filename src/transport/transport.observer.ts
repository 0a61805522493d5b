/** What became of a message whose handler failed. */
export type FailureAction = 'retry' | 'deadLetter' | 'discard';

/**
 * Told of everything worth counting. Every method is optional and must not
 * throw; durations are in milliseconds.
 */
export interface TransportObserver {
  received?(queue: string, messages: number): void;
  handled?(queue: string, pattern: string, durationMs: number): void;
  /** A handler that was not run: the idempotency store knows its work as done. */
  repeated?(queue: string, pattern: string): void;
  failed?(queue: string, pattern: string | undefined, action: FailureAction, error: unknown): void;
  /** A lease ran out, or the message came again while its first copy was running. */
  leaseLost?(queue: string): void;
  acknowledged?(queue: string, messages: number): void;
  /** A request that came after its caller had stopped waiting. */
  requestExpired?(queue: string): void;
  /** An answer nobody waits for. */
  lateReply?(): void;
  sent?(pattern: string): void;
}
