import {
  stateOf,
  type Completion,
  type IdempotencyRecord,
  type IdempotencyStore,
  type Reservation,
} from './idempotency.store.js';

/** With fewer records, expired ones are not searched for. */
const MIN_RECORDS_TO_SWEEP = 1000;

/**
 * Records in this process's memory, lost when it ends: for tests, and for a single consumer that may repeat work after
 * a restart.
 *
 * @example
 * new SnsSqsServer({ topology, aws, idempotency: { store: new MemoryIdempotencyStore() } });
 */
export class MemoryIdempotencyStore implements IdempotencyStore {
  readonly inProcess: boolean = true;
  readonly #records = new Map<string, IdempotencyRecord>();
  #sweepAt = MIN_RECORDS_TO_SWEEP;

  /** Number of records, including expired ones that are not yet deleted. */
  get size(): number {
    return this.#records.size;
  }

  async reserve(
    { key, ...reservation }: Reservation,
    nowMs: number,
  ): Promise<IdempotencyRecord | undefined> {
    const found = this.#records.get(key);
    if (found && stateOf(found, nowMs) !== 'EXPIRED') {
      return found.owner === reservation.owner && found.status === 'INPROGRESS' ? undefined : found;
    }
    if (this.#records.size >= this.#sweepAt) this.#sweep(nowMs);
    this.#records.set(key, { ...reservation, status: 'INPROGRESS' });
    return undefined;
  }

  async renew(reservation: Reservation, inProgressUntilMs: number): Promise<boolean> {
    const own = this.#own(reservation);
    if (own?.status !== 'INPROGRESS') return false;
    this.#records.set(reservation.key, { ...own, inProgressUntilMs });
    return true;
  }

  async commit(reservation: Reservation, completion: Completion): Promise<boolean> {
    const own = this.#own(reservation);
    if (!own) return false;
    this.#records.set(reservation.key, { ...own, ...completion, status: 'COMPLETED' });
    return true;
  }

  async release(reservation: Reservation): Promise<boolean> {
    const inProgress = this.#own(reservation)?.status === 'INPROGRESS';
    return inProgress && this.#records.delete(reservation.key);
  }

  #own({ key, owner }: Reservation): IdempotencyRecord | undefined {
    const found = this.#records.get(key);
    return found?.owner === owner ? found : undefined;
  }

  #sweep(nowMs: number): void {
    for (const [key, record] of this.#records) {
      if (stateOf(record, nowMs) === 'EXPIRED') this.#records.delete(key);
    }
    this.#sweepAt = Math.max(MIN_RECORDS_TO_SWEEP, this.#records.size * 2);
  }
}
