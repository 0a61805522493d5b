import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Claim } from './claim.js';
import type { OutboxCollection, SettleOptions } from './outbox.collection.js';
import {
  MAX_ATTEMPTS,
  MAX_STARTS,
  PUBLISH_TIMEOUT_MS,
  SETTLE_ATTEMPTS,
  SETTLE_RETRY_DELAY_MS,
} from './outbox.constants.js';
import type { OutboxDocument } from './outbox.entry.js';
import type { OutboxHandlers } from './outbox.handlers.js';
import type { OutboxTime } from './outbox.time.js';
import { hasDue, Publishing, settlementOf, type Outcome } from './publishing.js';
import type { RelayOptions } from './relay.options.js';
import type { RelayStop } from './relay.stop.js';

const OWNER = `${hostname()}:${process.pid}`;

/** Claims one document, publishes its due entries, and records the outcomes. */
export class DocumentPublisher {
  constructor(
    private readonly handlers: OutboxHandlers,
    private readonly time: OutboxTime,
    private readonly leaseMs: number,
    private readonly options: RelayOptions,
    private readonly stop: RelayStop,
  ) {}

  /**
   * Claims a document and publishes from it, unless another relay has it.
   *
   * @param stale the token of a claim to take over.
   * @returns whether more is due.
   */
  async publish(
    collection: OutboxCollection,
    id: string,
    stale: string | undefined,
  ): Promise<boolean> {
    const token = randomUUID();
    const lease = { token, owner: OWNER };
    const claimedMs = this.time.monotonicMs();
    const document = await (stale === undefined
      ? collection.claim(id, lease, this.#now())
      : collection.takeOver(id, stale, lease));
    if (document === null) return false;
    const claim = new Claim(collection, id, token, claimedMs, {
      time: this.time,
      leaseMs: this.leaseMs,
    });
    // A store that does not answer must not keep the claim's timer after the relay has closed.
    const end = (): void => void claim.end();
    const { givenUp } = this.stop;
    givenUp.addEventListener('abort', end);
    try {
      return await this.#publish(claim, document);
    } finally {
      givenUp.removeEventListener('abort', end);
      await claim.end();
    }
  }

  /** @returns whether an entry was processed and more are due. */
  async #publish(claim: Claim, document: OutboxDocument): Promise<boolean> {
    const publishing = new Publishing(claim, {
      handlers: this.handlers,
      time: this.time,
      stop: this.stop,
      maxAttempts: this.options.maxAttempts ?? MAX_ATTEMPTS,
      maxStarts: this.options.maxStarts ?? MAX_STARTS,
      publishTimeoutMs: this.options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS,
    });
    if ((document.outbox_starts ?? 1) > 1) return this.#publishWarily(claim, publishing, document);
    const outcomes = await publishing.run(document);
    const left = await this.#settle(claim, outcomes, { keep: false, thenDelete: goes(document) });
    return outcomes.length > 0 && left !== null && hasDue(left, this.#now());
  }

  /** Publishes one entry at a time, because a process ended while it published from this document. */
  async #publishWarily(
    claim: Claim,
    publishing: Publishing,
    document: OutboxDocument,
  ): Promise<boolean> {
    let left: OutboxDocument | null = document;
    while (left !== null && claim.isUsable && !this.stop.isBegun) {
      const outcomes = await publishing.runNext(left);
      if (outcomes.length === 0) break;
      left = await this.#settle(claim, outcomes, { keep: true, thenDelete: false });
    }
    if (left !== null) await this.#settle(claim, [], { keep: false, thenDelete: goes(left) });
    return false;
  }

  /** Retries for a while: outcomes that are not recorded are published again by the relay that takes over. */
  async #settle(
    claim: Claim,
    outcomes: readonly Outcome[],
    options: SettleOptions,
  ): Promise<OutboxDocument | null> {
    const settlement = settlementOf(outcomes);
    for (let attempt = 1; ; attempt++) {
      try {
        const { collection, documentId } = claim;
        const left = await collection.settle(documentId, await claim.tokens(), settlement, options);
        for (const outcome of left === null ? [] : outcomes) {
          this.options.settled?.({ collection: collection.name, documentId, outcome });
        }
        return left;
      } catch (error) {
        const isLast = attempt >= SETTLE_ATTEMPTS || this.stop.givenUp.aborted;
        if (isLast || claim.signal.aborted) throw error;
        await sleep(SETTLE_RETRY_DELAY_MS);
      }
    }
  }

  #now(): Date {
    return new Date(this.time.clock.now());
  }
}

const goes = ({ outbox_then_delete: thenDelete = false }: OutboxDocument): boolean => thenDelete;
