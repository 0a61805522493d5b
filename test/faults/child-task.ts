import type { AwsClientsOptions } from '../../src/aws/index.js';
import type { IdempotencyRecord } from '../../src/transport/idempotency/index.js';
import type { IdempotencyStore } from '../../src/transport/idempotency/idempotency.store.js';
import type { JobsQueue } from './worker.js';

/** What a child is told to do. */
export interface ChildTask {
  readonly role: 'consumer' | 'publisher';
  readonly aws: AwsClientsOptions;
  readonly queue: JobsQueue;
  /** Whether the parent keeps an idempotency store. */
  readonly store: boolean;
  /** What a publisher sends. */
  readonly jobs: readonly number[];
}

/** One call of the store in the parent. */
export interface StoreCall {
  readonly call: number;
  readonly method: Exclude<keyof IdempotencyStore, 'inProcess'>;
  readonly given: readonly unknown[];
}

export interface StoreAnswer {
  readonly call: number;
  readonly found: IdempotencyRecord | boolean | undefined;
}

/** Which receive of a message, and when by the machine's own clock: a handler's last look at its lease, or its end. */
export interface Receive {
  readonly receive: number;
  readonly atMs: number;
}

/** What a child tells its parent. `loaded`: it waits for its task. */
export type ChildNews =
  | 'loaded'
  | 'ready'
  | { readonly sent: number }
  /** Milliseconds it stood still, where that is longer than ever before. */
  | { readonly stoodMs: number }
  | ({ readonly began: number } & Receive)
  | ({ readonly handled: number } & Receive)
  | StoreCall;
