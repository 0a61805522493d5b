import { Logger } from '@nestjs/common';

import { WeftError } from '../errors/index.js';
import type { RetryOptions } from '../sns-sqs.options.js';
import type { FailureAction, TransportObserver } from '../transport.observer.js';
import type { Acknowledger } from './acknowledger.js';
import { backOffS } from './back-off.js';
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

/** Decides what becomes of a message once its handler has ended, and does it. */
export class Settlement {
  readonly #logger = new Logger(Settlement.name);

  constructor(private readonly parts: SettlementParts) {}

  /** Deletes a handled message. A delete that fails is not an error of the handler: the message comes again. */
  async ack(lease: Lease): Promise<void> {
    if (!begin(lease)) return this.#end(lease);
    try {
      await this.parts.acknowledger.ack(lease);
      this.parts.observer?.acknowledged?.(this.parts.queue, 1);
    } catch (error) {
      this.parts.observer?.leaseLost?.(this.parts.queue);
      this.#logger.warn(
        `Message ${lease.messageId} of ${this.parts.queue} was handled, but not deleted: ${String(error)}`,
      );
    }
    this.#end(lease);
  }

  /** What follows from a handler's error: retried, dead-lettered or discarded. */
  async fail(lease: Lease, pattern: string | undefined, error: unknown): Promise<void> {
    const action = this.#action(error);
    const { queue, observer } = this.parts;
    observer?.failed?.(queue, pattern, action, error);
    this.#logger.warn(
      `Message ${lease.messageId} of ${queue}${pattern === undefined ? '' : ` (${pattern})`} failed at receive ${lease.receiveCount}, ${WORDS[action]}: ${describe(error)}`,
    );
    if (action === 'discard') return this.ack(lease);
    if (action === 'deadLetter' && (await this.#deadLetter(lease, error))) return;
    await this.#show(lease, backOffS(lease.receiveCount, this.parts.retry));
  }

  /** Gives back a message that was not started. */
  release(lease: Lease): Promise<void> {
    return this.#show(lease, 0);
  }

  async #deadLetter(lease: Lease, error: unknown): Promise<boolean> {
    if (lease.state !== 'held' || !this.parts.deadLetters) return false;
    try {
      await this.parts.deadLetters.put(lease, error);
    } catch (cause) {
      this.#logger.error(
        `Message ${lease.messageId} of ${this.parts.queue} stays: the dead-letter queue did not take it: ${String(cause)}`,
      );
      return false;
    }
    await this.ack(lease);
    return true;
  }

  async #show(lease: Lease, visibilityTimeoutS: number): Promise<void> {
    if (begin(lease)) await this.parts.visibility.change(lease.receiptHandle, visibilityTimeoutS);
    this.#end(lease);
  }

  #end(lease: Lease): void {
    this.parts.leases.end(lease);
  }

  #action(error: unknown): FailureAction {
    return error instanceof WeftError && !error.retryable ? this.parts.onPermanentError : 'retry';
  }
}

/** From here on the heartbeat leaves the lease alone; false when there is nothing left to settle. */
function begin(lease: Lease): boolean {
  if (lease.state !== 'held') return false;
  lease.state = 'settling';
  return true;
}

const WORDS: Record<FailureAction, string> = {
  retry: 'comes again after a back-off',
  deadLetter: 'goes to the dead-letter queue',
  discard: 'is discarded',
};

const describe = (error: unknown): string =>
  error instanceof Error ? `${error.name}: ${error.message}` : JSON.stringify(error);
