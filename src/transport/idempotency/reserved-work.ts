import { Logger } from '@nestjs/common';

import type { Completion, IdempotencyStore, Reservation } from './idempotency.store.js';

/**
 * Work this process has reserved. What the store fails to take down is logged
 * and never an error of the work: work that is done stays done, and what was not
 * given back is abandoned when its time is over.
 */
export class ReservedWork {
  readonly #logger = new Logger(ReservedWork.name);

  constructor(
    private readonly store: IdempotencyStore,
    private readonly reservation: Reservation,
  ) {}

  commit(completion: Completion): Promise<void> {
    return this.#attempt('remembered as done', () =>
      this.store.commit(this.reservation, completion),
    );
  }

  release(): Promise<void> {
    return this.#attempt('given back', () => this.store.release(this.reservation));
  }

  /** @param inProgressUntilMs epoch milliseconds. */
  renew(inProgressUntilMs: number): Promise<void> {
    return this.#attempt('kept for longer', () =>
      this.store.renew(this.reservation, inProgressUntilMs),
    );
  }

  async #attempt(what: string, call: () => Promise<boolean>): Promise<void> {
    const work = `Work ${this.reservation.key} was not ${what}`;
    try {
      if (!(await call())) this.#logger.warn(`${work}: another process had taken it over`);
    } catch (error) {
      this.#logger.warn(`${work}: ${String(error)}`);
    }
  }
}
