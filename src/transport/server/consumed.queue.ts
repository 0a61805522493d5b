import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import type { PollerState } from './polling/poller.js';
import type { QueueDependencies } from './queue.processor.js';

/**
 * The state of a queue. `paused`: by request. `down`: AWS refuses, with the reason. `stalled`: no poll ends, or every
 * pool slot is held by a handler past its lease.
 *
 * @example
 * const ailing = server.health().filter(({ state }) => state === 'down' || state === 'stalled');
 */
export type QueueHealth = PollerState & {
  /** As the topology declares it. */
  readonly queue: string;
  /** Messages received and not settled, including those that wait for their turn. */
  readonly inFlight: number;
};

/** The pipeline of a consumed queue, wherever its messages come from. */
export interface ConsumedQueue {
  start(): void;
  /**
   * Waits for handlers to end, for at most `timeoutMs`.
   *
   * @returns the number of handlers that had not ended; their messages are redelivered.
   */
  drain(timeoutMs: number): Promise<number>;
  health(): QueueHealth;
}

/** A queue that this process polls. */
export interface PolledQueue extends ConsumedQueue {
  pause(): Promise<void>;
  resume(): void;
  setConcurrency(concurrency: number): void;
}

export const isPolled = (queue: ConsumedQueue): queue is PolledQueue => 'pause' in queue;

/** Makes the pipelines of a server's queues. */
export interface QueueMaker {
  open(
    queue: BoundQueue,
    options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ): ConsumedQueue;
  /** Why the process has no broadcast queue of its own; undefined if it has one. */
  readonly withoutBroadcasts?: string;
}
