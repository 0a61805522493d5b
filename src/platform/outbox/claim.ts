import { randomUUID } from 'node:crypto';
import { LEASE_RENEWAL_PART, LEASE_USABLE_PART } from './outbox.constants.js';
import type { OutboxCollection, Tokens } from './outbox.collection.js';
import type { OutboxTime } from './outbox.time.js';

/**
 * A relay's claim of one document. The relay renews it by changing its token; other relays take it over when the token
 * has not changed for a whole lease by their own monotonic clock. So the clocks of two machines are never compared;
 * they only need to run equally fast.
 */
export class Claim {
  readonly collection: OutboxCollection;
  readonly documentId: string;
  readonly #time: OutboxTime;
  readonly #leaseMs: number;
  readonly #lost = new AbortController();
  readonly #stopTimer: () => void;
  #tokens: Tokens;
  #renewedMs: number;
  #renewing: Promise<void> = Promise.resolve();

  /** @param claimedMs when the claim was requested, by the monotonic clock. */
  constructor(
    collection: OutboxCollection,
    documentId: string,
    token: string,
    claimedMs: number,
    options: { readonly time: OutboxTime; readonly leaseMs: number },
  ) {
    this.collection = collection;
    this.documentId = documentId;
    this.#tokens = [token];
    this.#renewedMs = claimedMs;
    this.#time = options.time;
    this.#leaseMs = options.leaseMs;
    this.#stopTimer = this.#time.clock.every(this.#leaseMs * LEASE_RENEWAL_PART, () => {
      this.#renewing = this.#renewing.then(() => this.#renew());
      return this.#renewing;
    });
  }

  /** Aborted when another relay has, or may have, the document. */
  get signal(): AbortSignal {
    return this.#lost.signal;
  }

  /** Whether a publication may still be started, because no other relay can take the document over soon. */
  get isUsable(): boolean {
    const ageMs = this.#time.monotonicMs() - this.#renewedMs;
    return !this.#lost.signal.aborted && ageMs < this.#leaseMs * LEASE_USABLE_PART;
  }

  /** The possible tokens, once no renewal is pending. */
  async tokens(): Promise<Tokens> {
    await this.#renewing;
    return this.#tokens;
  }

  /** Renews no more. */
  async end(): Promise<void> {
    this.#stopTimer();
    await this.#renewing;
  }

  async #renew(): Promise<void> {
    const next = randomUUID();
    const startedMs = this.#time.monotonicMs();
    try {
      if ((await this.collection.renew(this.documentId, this.#tokens, next)) === null) {
        this.#lost.abort();
        return;
      }
      this.#tokens = [next];
      this.#renewedMs = startedMs;
    } catch {
      // It is unknown whether this renewal was written; the next one may succeed.
      this.#tokens = [...this.#tokens, next];
    }
  }
}
