import { randomUUID } from 'node:crypto';
import { LEASE_RENEWAL_PART, LEASE_USABLE_PART } from './outbox.constants.js';
import type { OutboxCollection, Tokens } from './outbox.collection.js';
import type { OutboxTime } from './outbox.time.js';

/**
 * A relay's claim of one document. It is renewed by changing its token; other relays take it over
 * when the token has not changed for a whole lease by their own monotonic clock. So no machine's
 * time is compared with another's: only that both count seconds alike is assumed.
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

  /** @param claimedMs when the claim was asked for, by the monotonic clock. */
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

  /** Whether something may still be started: nobody else can take the document over soon. */
  get isUsable(): boolean {
    const ageMs = this.#time.monotonicMs() - this.#renewedMs;
    return !this.#lost.signal.aborted && ageMs < this.#leaseMs * LEASE_USABLE_PART;
  }

  /** What its token may be, once no renewal is changing it. */
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
      // The next renewal may succeed; whether this one was written is not known.
      this.#tokens = [...this.#tokens, next];
    }
  }
}
