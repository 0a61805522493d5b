import { Logger } from '@nestjs/common';
import { inspect } from 'node:util';

import { WeftError, WorkInProgressError } from '../errors/index.js';
import type { RetryOptions } from '../sns-sqs.options.js';
import type { FailureAction, TransportObserver } from '../transport.observer.js';
import type { Acknowledger } from './acknowledger.js';
import { backOffS, inProgressDelayS } from './back-off.js';
import type { DeadLetterQueue } from './dead-letter.js';
import type { Lease } from './lease.js';
import type { LeaseRegistry } from './lease.registry.js';
import type { VisibilityChanger } from './visibility.changer.js';

export interface SettlementParts {
  readonly queue: string;
  readonly leases: LeaseRegistry;
  readonly acknowledger: Acknowledger;
  readonly visibility: VisibilityChanger;
  readonly deadLetters: DeadLetterQueue | undefined;
  readonly retry: RetryOptions;
  readonly onPermanentError: FailureAction;
  readonly observer: TransportObserver | undefined;
}

const MAX_LOGGED_LENGTH = 1000;

/** Decides what becomes of a message once its handler has ended, and does it. */
export class Settlement {
  readonly #logger = new Logger(Settlement.name);

  constructor(private readonly parts: SettlementParts) {}

  /** Whether a message may be started. One whose lease ran out while it waited its turn is given up. */
  startable(lease: Lease): boolean {
    if (this.parts.leases.holds(lease, Date.now())) return true;
    this.#end(lease);
    return false;
  }

  /**
   * Deletes a handled message. A delete that fails is not an error of the handler: the message comes again.
   *
   * @returns whether the message is off the queue.
   */
  async ack(lease: Lease): Promise<boolean> {
    const deleted = this.#begin(lease) && (await this.#delete(lease));
    this.#end(lease);
    return deleted;
  }

  async #delete(lease: Lease): Promise<boolean> {
    try {
      await this.parts.acknowledger.ack(lease);
      this.parts.observer?.acknowledged?.(this.parts.queue, 1);
      return true;
    } catch (error) {
      this.parts.observer?.leaseLost?.(this.parts.queue);
      this.#logger.warn(
        `Message ${lease.messageId} of ${this.parts.queue} was handled, but not deleted: ${String(error)}`,
      );
      return false;
    }
  }

  /**
   * What follows from a handler's error: retried, dead-lettered or discarded.
   *
   * @returns whether the message is off the queue.
   */
  async fail(lease: Lease, pattern: string | undefined, error: unknown): Promise<boolean> {
    const action = this.#action(error);
    const { queue, observer } = this.parts;
    observer?.failed?.(queue, pattern, action, error);
    this.#logger.warn(
      `Message ${lease.messageId} of ${queue}${pattern === undefined ? '' : ` (${pattern})`} failed at receive ${lease.receiveCount}, ${WORDS[action]}: ${describe(error)}`,
    );
    if (action === 'discard') return this.ack(lease);
    if (action === 'deadLetter' && (await this.#deadLetter(lease, error))) return this.ack(lease);
    await this.#show(lease, this.#delayS(lease, error));
    return false;
  }

  /** Gives back a message that was not started, at once or in so many seconds. */
  release(lease: Lease, hiddenS = 0): Promise<void> {
    return this.#show(lease, hiddenS);
  }

  async #deadLetter(lease: Lease, error: unknown): Promise<boolean> {
    if (!this.parts.leases.holds(lease, Date.now())) return false;
    try {
      await this.parts.deadLetters?.put(lease, error);
      return true;
    } catch (cause) {
      this.#logger.error(
        `Message ${lease.messageId} of ${this.parts.queue} stays: the dead-letter queue did not take it: ${String(cause)}`,
      );
      return false;
    }
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

  #delayS(lease: Lease, error: unknown): number {
    return error instanceof WorkInProgressError
      ? inProgressDelayS(lease.receiveCount, error.retryAfterMs)
      : backOffS(lease.receiveCount, this.parts.retry);
  }

  #action(error: unknown): FailureAction {
    const { deadLetters, onPermanentError } = this.parts;
    if (!(error instanceof WeftError) || error.retryable) return 'retry';
    return onPermanentError === 'deadLetter' && !deadLetters ? 'retry' : onPermanentError;
  }

  /** From here on the heartbeat leaves the lease alone; false when there is nothing left to settle. */
  #begin(lease: Lease): boolean {
    if (!this.parts.leases.holds(lease, Date.now())) return false;
    lease.state = 'settling';
    return true;
  }
}

const WORDS: Record<FailureAction, string> = {
  retry: 'comes again after a back-off',
  deadLetter: 'goes to the dead-letter queue',
  discard: 'is discarded',
};

/** Anything can be thrown: circular objects, bigints, whole payloads. */
const describe = (error: unknown): string =>
  (error instanceof Error
    ? `${error.name}: ${error.message}`
    : inspect(error, { depth: 1, breakLength: Infinity })
  ).slice(0, MAX_LOGGED_LENGTH);
