import type { OutboxTime } from './outbox.time.js';
import type { Outcome } from './publishing.js';

/** Observes a relay. Each method takes one object, so that facts can be added to it later. */
export interface RelayObserver {
  readonly settled?: (settled: {
    readonly collection: string;
    readonly documentId: string;
    readonly outcome: Outcome;
  }) => void;
  /** A failure that a later pass retries, such as a store that does not answer. */
  readonly troubled?: (trouble: { readonly collection: string; readonly error: unknown }) => void;
}

export interface RelayOptions extends RelayObserver {
  readonly time?: OutboxTime;
  /** Milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number;
  /** Milliseconds. Default: 30 000. */
  readonly leaseMs?: number;
  /** Default: 30. */
  readonly maxAttempts?: number;
  /** Default: 3. */
  readonly maxStarts?: number;
  /** Milliseconds. Default: 20 000. */
  readonly publishTimeoutMs?: number;
}
