import { Logger } from '@nestjs/common';

import type { Completion, IdempotencyStore, Reservation } from './idempotency.store.js';

/**
 * Work that this process has reserved. A failure of the store is logged and never fails the work: a handler that has
 * succeeded stays successful, and an unreleased reservation expires.
 */
export class ReservedWork {
  readonly #logger = new Logger(ReservedWork.name);

  constructor(
    private readonly store: IdempotencyStore,
    private readonly reservation: Reservation,
  ) {}

  commit(completion: Completion): Promise<void> {
    return this.#attempt('committed', () => this.store.commit(this.reservation, completion));
  }

  release(): Promise<void> {
    return this.#attempt('released', () => this.store.release(this.reservation));
  }

  /** @param inProgressUntilMs epoch milliseconds. */
  renew(inProgressUntilMs: number): Promise<void> {
    return this.#attempt('renewed', () => this.store.renew(this.reservation, inProgressUntilMs));
  }

  async #attempt(what: string, call: () => Promise<boolean>): Promise<void> {
    try {
      if (!(await call())) this.#warn(what, 'another process has taken it over');
    } catch (error) {
      this.#warn(what, String(error));
    }
  }

  #warn(what: string, reason: string): void {
    this.#logger.warn(`Idempotency record not ${what}`, { key: this.reservation.key, reason });
  }
}
