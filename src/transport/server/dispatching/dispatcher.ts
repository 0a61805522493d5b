import type { Lease } from '../leases/lease.js';

/** Starts received messages: all at once, or in order where the queue demands it. */
export interface Dispatcher {
  /** Takes a message whose capacity is already counted. */
  dispatch(lease: Lease): void;
  /** Starts nothing more, and gives back what has not started. */
  drain(): void;
}

/**
 * Works on one message to its end, settled included. Never rejects; true when
 * the message is off the queue, so that its FIFO group can go on.
 *
 * @param behind what waits behind it in its group; a batch takes from here what it can handle with it.
 */
export type Work = (lease: Lease, behind?: Lease[]) => Promise<boolean>;

export class StandardDispatcher implements Dispatcher {
  constructor(private readonly work: Work) {}

  dispatch(lease: Lease): void {
    void this.work(lease);
  }

  drain(): void {
    // Nothing waits here.
  }
}
