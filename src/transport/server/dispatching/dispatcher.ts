import type { Lease } from '../leases/lease.js';

/** Starts received messages: all at once, or in order where the queue demands it. */
export interface Dispatcher {
  /** Takes the messages of one receive; their capacity is already counted. */
  dispatch(leases: readonly Lease[]): void;
  /** From now on starts only messages that SQS would not redeliver. Others are kept until `release`. */
  drain(): void;
  /** Releases messages that were not started, and all that come later. */
  release(): void;
}

/**
 * Handles and settles one message. Never rejects; resolves with true when the message is off the queue, so that its
 * FIFO group can go on.
 *
 * @param behind the messages behind it in its group; a batch takes from here those it can handle with it.
 */
export type Work = (lease: Lease, behind?: Lease[]) => Promise<boolean>;

/** Makes messages that were not started visible again, in their order. */
export type Release = (leases: Lease[]) => Promise<void>;

/** How a dispatcher treats new messages. */
export type DispatcherPhase = 'open' | 'draining' | 'releasing';

export interface DispatcherDependencies {
  readonly work: Work;
  readonly release: Release;
  /** Whether SQS would dead-letter the message instead of redelivering it: released, it would never be handled. */
  readonly isLast: (lease: Lease) => boolean;
}

export class StandardDispatcher implements Dispatcher {
  #phase: DispatcherPhase = 'open';
  #kept: Lease[] = [];

  constructor(private readonly dependencies: DispatcherDependencies) {}

  dispatch(leases: readonly Lease[]): void {
    const { work, isLast } = this.dependencies;
    for (const lease of leases) {
      if (this.#phase === 'open' || isLast(lease)) void work(lease);
      else this.#kept.push(lease);
    }
    if (this.#phase === 'releasing') this.release();
  }

  drain(): void {
    this.#phase = 'draining';
  }

  release(): void {
    this.#phase = 'releasing';
    for (const lease of this.#kept.splice(0)) void this.dependencies.release([lease]);
  }
}
