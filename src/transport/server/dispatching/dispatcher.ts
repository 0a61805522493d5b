import type { Lease } from '../leases/lease.js';

/** Starts received messages: all at once, or in order where the queue demands it. */
export interface Dispatcher {
  /** Takes what one receive has brought; its capacity is already counted. */
  dispatch(leases: readonly Lease[]): void;
  /** Starts only what SQS would not deliver again. Other messages are kept until `release`. */
  drain(): void;
  /** Releases what was not started, now and from now on. */
  release(): void;
}

/**
 * Works on one message to its end, settled included. Never rejects; true when
 * the message is off the queue, so that its FIFO group can go on.
 *
 * @param behind what waits behind it in its group; a batch takes from here what it can handle with it.
 */
export type Work = (lease: Lease, behind?: Lease[]) => Promise<boolean>;

/** Makes messages that were not started visible again, in their order. */
export type Release = (leases: Lease[]) => Promise<void>;

/** What a dispatcher is asked to do with what comes. */
export type DispatcherPhase = 'open' | 'draining' | 'releasing';

export interface DispatcherDependencies {
  readonly work: Work;
  readonly release: Release;
  /** Whether SQS would dead-letter the message rather than give it out once more: releasing it would lose its handling. */
  readonly isLast: (lease: Lease) => boolean;
}

export class StandardDispatcher implements Dispatcher {
  #phase: DispatcherPhase = 'open';
  #kept: Lease[] = [];

  constructor(private readonly parts: DispatcherDependencies) {}

  dispatch(leases: readonly Lease[]): void {
    const { work, isLast } = this.parts;
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
    for (const lease of this.#kept.splice(0)) void this.parts.release([lease]);
  }
}
