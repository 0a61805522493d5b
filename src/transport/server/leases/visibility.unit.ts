import type { Lease } from './lease.js';

/** `gone`: for SQS the handle is no longer in flight. `failed`: SQS refused the change, or the call failed. */
export type VisibilityOutcome = 'changed' | 'gone' | 'failed';

/** Messages whose visibility changes in one call; if one is refused, all are retried in one call. */
export interface VisibilityUnit {
  readonly leases: readonly Lease[];
  /** Seconds from the call; read after `begin`. */
  readonly visibilityTimeoutS: number;
  /** Called before each call: whether to make it. */
  begin(): boolean;
  /** Called with the answer to a call, by position; not when a call has none. */
  answered(outcomes: readonly VisibilityOutcome[]): void;
  /** Those of the last call; empty when it had no answer. */
  outcomes: readonly VisibilityOutcome[];
}
