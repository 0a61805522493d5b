import { Logger } from '@nestjs/common';

import type { Clock } from '../../clock.js';
import { WorkInProgressError } from '../../errors/index.js';
import type { RetryOptions } from '../../retry.options.js';
import type { Acknowledger } from './acknowledger.js';
import { askedDelayS, backOffS, inProgressDelayS } from './back-off.js';
import { FailurePolicy, type FailurePolicyParts } from './failure.policy.js';
import type { Lease } from '../leases/lease.js';
import type { LeaseRegistry } from '../leases/lease.registry.js';
import type { MessageSettlement } from './message.settlement.js';
import type { VisibilityChanger } from '../leases/visibility.changer.js';

export interface SettlementParts extends FailurePolicyParts {
  readonly leases: LeaseRegistry;
  readonly acknowledger: Acknowledger;
  readonly visibility: VisibilityChanger;
  readonly retry: RetryOptions;
  readonly clock: Clock;
  /** Attempts after which a held message is dead-lettered; undefined for no limit. */
  readonly maxReceiveCount: number | undefined;
}

/** Decides what becomes of a message once its handler has ended, and does it. */
export class Settlement implements MessageSettlement {
  readonly #logger = new Logger(Settlement.name);
  readonly #failures: FailurePolicy;

  constructor(private readonly parts: SettlementParts) {
    this.#failures = new FailurePolicy(parts);
  }

  /** Whether a message may be started. One whose lease ran out while it waited its turn is given up. */
  startable(lease: Lease): boolean {
    if (this.parts.leases.holds(lease, this.parts.clock.now())) return true;
    this.#end(lease);
    return false;
  }

  /**
   * Deletes a handled message. A delete that fails is not an error of the handler: the message comes again.
   *
   * @returns whether the message is off the queue.
   */
  async ack(lease: Lease): Promise<boolean> {
    const { acknowledger, observer, queue } = this.parts;
    let deleted = false;
    try {
      if (this.#begin(lease)) {
        await acknowledger.ack(lease);
        deleted = true;
        observer?.acknowledged?.(queue, 1);
      }
    } catch (error) {
      if (lease.expiresAtMs <= this.parts.clock.now()) observer?.leaseLost?.(queue);
      else observer?.deleteFailed?.(queue);
      this.#logger.warn(
        `Message ${lease.messageId} of ${queue} was handled, but not deleted: ${String(error)}`,
      );
    }
    this.#end(lease);
    return deleted;
  }

  /**
   * What follows from a handler's error: retried, dead-lettered or discarded.
   *
   * @returns whether the message is off the queue.
   */
  async fail(
    lease: Lease,
    pattern: string | undefined,
    error: unknown,
    retry?: RetryOptions,
  ): Promise<boolean> {
    const action = this.#failures.judge(lease, pattern, error);
    if (action === 'discard') return this.ack(lease);
    if (action === 'deadLetter' && (await this.#deadLetter(lease, error))) return this.ack(lease);
    if (this.parts.onFailure === 'hold') return this.#hold(lease, error, retry);
    await this.#show(lease, this.#delayS(lease, error, retry));
    return false;
  }

  /** Keeps the message for another try in this process; it was its last one when SQS would give it up as well. */
  async #hold(lease: Lease, error: unknown, retry?: RetryOptions): Promise<boolean> {
    const { maxReceiveCount, deadLetters } = this.parts;
    const last = deadLetters && maxReceiveCount !== undefined && lease.attempt >= maxReceiveCount;
    if (last && (await this.#deadLetter(lease, error))) return this.ack(lease);
    lease.heldUntilMs = this.parts.clock.now() + this.#delayS(lease, error, retry) * 1000;
    lease.heldRetries += 1;
    return false;
  }

  /** Gives back a message that was not started, at once or in so many seconds. */
  release(lease: Lease, hiddenS = 0): Promise<void> {
    return this.#show(lease, hiddenS);
  }

  async #deadLetter(lease: Lease, error: unknown): Promise<boolean> {
    return (
      this.parts.leases.holds(lease, this.parts.clock.now()) &&
      (await this.#failures.deadLetter(lease, error))
    );
  }

  async #show(lease: Lease, visibilityTimeoutS: number): Promise<void> {
    if (this.#begin(lease)) {
      const hidden = this.parts.visibility.change(lease.receiptHandle, visibilityTimeoutS);
      lease.onHidden?.(visibilityTimeoutS);
      await hidden;
    }
    this.#end(lease);
  }

  #end(lease: Lease): void {
    this.parts.leases.end(lease);
  }

  #delayS(lease: Lease, error: unknown, retry: RetryOptions = {}): number {
    if (error instanceof WorkInProgressError)
      return inProgressDelayS(lease.attempt, error.retryAfterMs);
    return askedDelayS(error) ?? backOffS(lease.attempt, { ...this.parts.retry, ...retry });
  }

  /** From here on the heartbeat leaves the lease alone; false when there is nothing left to settle. */
  #begin(lease: Lease): boolean {
    if (!this.parts.leases.holds(lease, this.parts.clock.now())) return false;
    lease.state = 'settling';
    return true;
  }
}
