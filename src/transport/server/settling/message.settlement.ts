import type { RetryOptions } from '../../retry.options.js';
import type { Lease } from '../leases/lease.js';

/**
 * Settles a message: with SQS if it was polled, by the answer to Lambda if it came in an event. None of its methods
 * rejects.
 */
export interface MessageSettlement {
  /** Whether this process still holds the message's lease. An expired lease is marked lost. */
  holds(lease: Lease): boolean;
  /** Whether a message may be started. A message with a lost lease is given up. */
  startable(lease: Lease): boolean;
  /** Acknowledges a handled message. True when it is off the queue. */
  ack(lease: Lease): Promise<boolean>;
  /**
   * Settles a failed message. True when it is off the queue: dead-lettered or discarded.
   *
   * @param retry the handler's own back-off, if it has one.
   */
  fail(
    lease: Lease,
    pattern: string | undefined,
    error: unknown,
    retry?: RetryOptions,
  ): Promise<boolean>;
}
