import type { RetryOptions } from '../../retry.options.js';
import type { Lease } from '../leases/lease.js';

/** Decides what becomes of a message: a poller's settlement tells SQS, an event's tells Lambda. None of its methods rejects. */
export interface MessageSettlement {
  /** Whether a message is this process's to work on, now. One whose lease ran out is lost by asking. */
  holds(lease: Lease): boolean;
  /** Whether a message may be started. One whose lease was lost is given up. */
  startable(lease: Lease): boolean;
  /** The message was handled. True when it is off the queue. */
  ack(lease: Lease): Promise<boolean>;
  /**
   * Its handler failed. True when it is off the queue all the same: dead-lettered or discarded.
   *
   * @param retry the handler's own back-off, where it has one.
   */
  fail(
    lease: Lease,
    pattern: string | undefined,
    error: unknown,
    retry?: RetryOptions,
  ): Promise<boolean>;
}
