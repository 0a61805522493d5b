import type { OutboxDocument } from './outbox.entry.js';
import type { OutboxTime } from './outbox.time.js';

interface Seen {
  readonly token: string;
  /** When this relay first saw the token, by its own monotonic clock. */
  readonly sinceMs: number;
}

/** Finds claims whose relay has stopped renewing them: their token has not changed for a whole lease. */
export class StaleClaims {
  readonly #time: OutboxTime;
  readonly #leaseMs: number;
  readonly #seen = new Map<string, ReadonlyMap<string, Seen>>();

  constructor(time: OutboxTime, leaseMs: number) {
    this.#time = time;
    this.#leaseMs = leaseMs;
  }

  /** @param claimed every claimed document of the collection as it is now. */
  among(
    collection: string,
    claimed: readonly OutboxDocument[],
  ): { readonly id: string; readonly token: string }[] {
    const nowMs = this.#time.monotonicMs();
    const before = this.#seen.get(collection);
    const now = new Map<string, Seen>();
    for (const { _id: id, outbox_lease: lease } of claimed) {
      if (lease === undefined) continue;
      const known = before?.get(id);
      const { token } = lease;
      now.set(id, known?.token === token ? known : { token, sinceMs: nowMs });
    }
    this.#seen.set(collection, now);
    return [...now]
      .filter(([, { sinceMs }]) => nowMs - sinceMs >= this.#leaseMs)
      .map(([id, { token }]) => ({ id, token }));
  }
}
