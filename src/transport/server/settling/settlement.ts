import { Logger } from '@nestjs/common';

import { atMost } from '../../../common/at-most.js';
import type { Clock } from '../../clock.js';
import { NotRunError, WorkInProgressError } from '../../errors/index.js';
import type { RetryOptions } from '../../retry.options.js';
import type { Lease } from '../leases/lease.js';
import type { LeaseRegistry } from '../leases/lease.registry.js';
import type { VisibilityChanger } from '../leases/visibility.changer.js';
import type { Acknowledger } from './acknowledger.js';
import { askedDelayS, backOffS, inProgressDelayS } from './back-off.js';
import { FailurePolicy, type FailurePolicyDependencies } from './failure.policy.js';
import type { MessageSettlement } from './message.settlement.js';

export interface SettlementDependencies extends FailurePolicyDependencies {
  readonly leases: LeaseRegistry;
  readonly acknowledger: Acknowledger;
  readonly visibility: VisibilityChanger;
  readonly retry: RetryOptions;
  readonly clock: Clock;
  readonly realTime: Clock;
  /** Receives after which SQS itself dead-letters a message; undefined for no limit. */
  readonly maxReceiveCount: number | undefined;
}

/**
 * A renewal that arrives after the release would make the message invisible again, so a release waits for renewals, but
 * not for one that stalls.
 */
const MAX_RENEWAL_WAIT_MS = 1000;

/** Settles messages of SQS once their handlers have ended. */
export class Settlement implements MessageSettlement {
  readonly #logger = new Logger(Settlement.name);
  readonly #failures: FailurePolicy;
  #visibleAtMs = 0;

  constructor(private readonly dependencies: SettlementDependencies) {
    this.#failures = new FailurePolicy(dependencies);
  }

  /** When all messages are visible whose group stays invisible for longer than their back-off, by `realTime.monotonicMs`. */
  get visibleAtMs(): number {
    return this.#visibleAtMs;
  }

  /** Whether SQS would dead-letter the message instead of redelivering it. */
  readonly isLast = ({ receiveCount }: Lease): boolean => {
    const { maxReceiveCount = Infinity } = this.dependencies;
    return receiveCount >= maxReceiveCount;
  };

  holds(lease: Lease): boolean {
    return this.dependencies.leases.holds(lease, this.dependencies.clock.monotonicMs());
  }

  /** Whether a message may be started. A message whose lease ran out while it waited is given up. */
  startable(lease: Lease): boolean {
    if (this.holds(lease)) return true;
    this.#end(lease);
    return false;
  }

  /**
   * Deletes a handled message. A delete that fails is not an error of the handler: the message is redelivered.
   *
   * @returns whether the message is off the queue.
   */
  async ack(lease: Lease): Promise<boolean> {
    const { acknowledger, observer, queue } = this.dependencies;
    if (!this.#begin(lease, 'acknowledging')) {
      this.#end(lease);
      return false;
    }
    try {
      await acknowledger.ack(lease);
      observer?.acknowledged?.({ queue, messages: 1 });
      this.#end(lease);
      return true;
    } catch (error) {
      return this.#notDeleted(lease, error);
    }
  }

  /**
   * Retries, dead-letters or discards a message after its handler's error.
   *
   * @returns whether the message is off the queue.
   */
  async fail(
    lease: Lease,
    pattern: string | undefined,
    error: unknown,
    retry?: RetryOptions,
  ): Promise<boolean> {
    // Not a failure: the consumer that has the message now decides.
    if (error instanceof NotRunError && !this.startable(lease)) return false;
    const action = this.#failures.judge(lease, pattern, error);
    if (!this.startable(lease)) return false;
    if (action === 'discard') return this.ack(lease);
    const delayS = this.#delayS(lease, error, retry);
    if (action === 'deadLetter') return this.#deadLetter(lease, error, delayS);
    if (this.#mustHold(lease, error)) return this.#hold(lease, error, delayS);
    return this.#back(lease, delayS);
  }

  /** Releases messages that were not started, in order. Never rejects. */
  readonly release = (leases: readonly Lease[]): Promise<void> => this.#release(leases, 0);

  /**
   * Whether a failed message is held and retried here. It is if its queue says so, or if SQS would dead-letter untried
   * messages at the next receive: its followers, or itself while its work is in progress elsewhere.
   */
  #mustHold(lease: Lease, error: unknown): boolean {
    const { onFailure } = this.dependencies;
    if (onFailure === 'hold' || this.#endsFollowers(lease)) return true;
    return error instanceof WorkInProgressError && this.isLast(lease);
  }

  /** Whether SQS would dead-letter followers of the message, untried, if all were released. */
  #endsFollowers({ followers }: Lease): boolean {
    return followers?.waiting.some(this.isLast) ?? false;
  }

  /** Keeps the message for another try in this process, up to as many as SQS would allow. */
  async #hold(lease: Lease, error: unknown, delayS: number): Promise<boolean> {
    const { maxReceiveCount = Infinity, deadLetters } = this.dependencies;
    if (lease.attempt >= maxReceiveCount && !(error instanceof WorkInProgressError))
      return deadLetters ? this.#deadLetter(lease, error, delayS) : this.#back(lease, delayS);
    lease.heldUntilMs = this.dependencies.clock.monotonicMs() + delayS * 1000;
    lease.heldRetries += 1;
    return false;
  }

  /** If no copy can be made, SQS itself moves the message after its last receive. */
  async #deadLetter(lease: Lease, error: unknown, delayS: number): Promise<boolean> {
    const copied = await this.#failures.deadLetter(lease, error);
    return copied ? this.ack(lease) : this.#back(lease, delayS);
  }

  /**
   * Releases a failed message, with its followers, to be redelivered after its back-off.
   *
   * @returns whether its group may go on.
   */
  async #back(lease: Lease, delayS: number): Promise<boolean> {
    if (this.#endsFollowers(lease)) {
      // They are handled before the message is redelivered; otherwise they would never be handled.
      await this.#release([lease], Math.max(this.dependencies.visibility.groupDelayS, delayS));
      return true;
    }
    await this.#release([lease, ...(lease.followers?.take() ?? [])], delayS);
    return false;
  }

  async #notDeleted(lease: Lease, error: unknown): Promise<boolean> {
    const { observer, queue, clock } = this.dependencies;
    const lost = lease.expiresAtMs <= clock.monotonicMs();
    if (lost) observer?.leaseLost?.({ queue });
    else observer?.deleteFailed?.({ queue });
    this.#logger.warn('Message handled but not deleted: it is redelivered', {
      queue,
      messageId: lease.messageId,
      reason: String(error),
    });
    const { followers } = lease;
    const goesOn = !lost && this.#endsFollowers(lease);
    // Redelivered before its followers, it is handled in its order again.
    if (followers && !lost && !goesOn) await this.#release([lease, ...followers.take()], 0);
    this.#end(lease);
    return goesOn;
  }

  async #release(leases: readonly Lease[], delayS: number): Promise<void> {
    const { visibility, realTime } = this.dependencies;
    const own = leases.filter((lease) => this.#begin(lease, 'releasing'));
    for (const lease of leases) if (!own.includes(lease)) this.#end(lease);
    const { promise: reclaimed, resolve } = Promise.withResolvers<void>();
    for (const lease of own) lease.onReclaimed = resolve;
    await this.#renewed(own);
    const afterS = await Promise.race([visibility.release(own, delayS), reclaimed]);
    if (afterS !== undefined && afterS > delayS)
      this.#visibleAtMs = Math.max(this.#visibleAtMs, realTime.monotonicMs() + afterS * 1000);
    for (const lease of own) if (lease.state === 'releasing') this.#end(lease);
  }

  /** Waits for pending renewals: one that arrived after the release would make the message invisible again. */
  async #renewed(leases: readonly Lease[]): Promise<void> {
    const renewals = leases.map(({ renewal }) => renewal).filter((one) => one !== undefined);
    if (renewals.length === 0) return;
    await atMost(this.dependencies.realTime, MAX_RENEWAL_WAIT_MS, Promise.all(renewals));
  }

  #end(lease: Lease): void {
    this.dependencies.leases.end(lease);
  }

  #delayS(lease: Lease, error: unknown, retry: RetryOptions = {}): number {
    if (error instanceof WorkInProgressError)
      return inProgressDelayS(lease.attempt, error.retryAfterMs);
    return askedDelayS(error) ?? backOffS(lease.attempt, { ...this.dependencies.retry, ...retry });
  }

  /** False if there is nothing to settle: the lease has run out or is settled. */
  #begin(lease: Lease, state: 'acknowledging' | 'releasing'): boolean {
    // The lease of a message whose delete failed was checked in the same turn.
    const notDeleted = state === 'releasing' && lease.state === 'acknowledging';
    const ours = notDeleted || this.holds(lease);
    if (ours) lease.state = state;
    return ours;
  }
}
