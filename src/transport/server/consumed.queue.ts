import type { SnsSqsServerOptions } from '../sns-sqs.options.js';
import type { BoundQueue } from '../topology/index.js';
import type { PollerState } from './polling/poller.js';
import type { QueueDependencies } from './queue.processor.js';

/**
 * What a queue is doing. `paused`: it was asked to. `down`: AWS refuses, with the reason. `stalled`: no poll ends, or
 * every pool slot is held by a handler past its lease.
 *
 * @example
 * const ailing = server.health().filter(({ state }) => state === 'down' || state === 'stalled');
 */
export type QueueHealth = PollerState & {
  /** As the topology declares it. */
  readonly queue: string;
  /** Messages received and not settled, those that wait for their turn included. */
  readonly inFlight: number;
};

/** What stands behind a queue that a server consumes, wherever its messages come from. */
export interface ConsumedQueue {
  start(): void;
  /**
   * Lets handlers end, within so many milliseconds.
   *
   * @returns how many had not; their messages are redelivered.
   */
  drain(timeoutMs: number): Promise<number>;
  health(): QueueHealth;
}

/** A queue whose messages this process asks for. */
export interface PolledQueue extends ConsumedQueue {
  pause(): Promise<void>;
  resume(): void;
  setConcurrency(concurrency: number): void;
}

export const isPolled = (queue: ConsumedQueue): queue is PolledQueue => 'pause' in queue;

/** Makes what stands behind the queues of a server. */
export interface QueueMaker {
  open(
    queue: BoundQueue,
    options: SnsSqsServerOptions,
    dependencies: QueueDependencies,
  ): ConsumedQueue;
  /** Why a process has no broadcast queue of its own; undefined where it has. */
  readonly withoutBroadcasts?: string;
}
