import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { realTimeOf } from '../../transport/clock.js';
import { atMost } from '../../common/at-most.js';
import { Claim } from './claim.js';
import type { OutboxCollection, SettleOptions } from './outbox.collection.js';
import {
  DRAIN_TIMEOUT_MS,
  LEASE_MS,
  MAX_ATTEMPTS,
  MAX_DOCUMENTS_IN_FLIGHT,
  MAX_STARTS,
  MAX_WOKEN,
  POLL_INTERVAL_MS,
  PUBLISH_TIMEOUT_MS,
  SETTLE_ATTEMPTS,
  SETTLE_RETRY_DELAY_MS,
} from './outbox.constants.js';
import type { OutboxDocument } from './outbox.entry.js';
import type { OutboxHandlers } from './outbox.handlers.js';
import { systemTime, type OutboxTime } from './outbox.time.js';
import { hasDue, Publishing, settlementOf, type Outcome } from './publishing.js';
import { StaleClaims } from './stale.claims.js';

/** Is told what a relay does. */
export interface RelayObserver {
  readonly settled?: (collection: string, documentId: string, outcome: Outcome) => void;
  /** Something a later pass will try again, such as a store that does not answer. */
  readonly troubled?: (collection: string, error: unknown) => void;
}

export interface RelayOptions extends RelayObserver {
  readonly time?: OutboxTime;
  /** Milliseconds. Default: 1000. */
  readonly pollIntervalMs?: number;
  /** Milliseconds. Default: 30 000. */
  readonly leaseMs?: number;
  /** Default: 30. */
  readonly maxAttempts?: number;
  /** Default: 3. */
  readonly maxStarts?: number;
  /** Milliseconds. Default: 20 000. */
  readonly publishTimeoutMs?: number;
}

/** Publishes what is due in the outboxes of some collections, beside the relays of other processes. */
export class Relay {
  readonly #collections = new Map<string, OutboxCollection>();
  readonly #handlers: OutboxHandlers;
  readonly #options: RelayOptions;
  readonly #time: OutboxTime;
  readonly #leaseMs: number;
  readonly #stale: StaleClaims;
  readonly #owner = `${hostname()}:${process.pid}`;
  /** Documents this relay is publishing from, by collection and id. */
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Documents that were written to meanwhile. */
  readonly #again = new Set<string>();
  /** Documents to publish from as soon as others are settled. */
  readonly #woken = new Map<
    string,
    { readonly collection: OutboxCollection; readonly id: string }
  >();
  #passing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  #closed = false;

  constructor(handlers: OutboxHandlers, options: RelayOptions = {}) {
    this.#handlers = handlers;
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#stale = new StaleClaims(this.#time, this.#leaseMs);
  }

  add(collection: OutboxCollection): void {
    this.#collections.set(collection.name, collection);
  }

  /** Looks for due entries from now on. */
  start(): void {
    const intervalMs = this.#options.pollIntervalMs ?? POLL_INTERVAL_MS;
    this.#stopTimer ??= this.#time.clock.every(intervalMs, () => {
      void this.pass();
    });
  }

  /** Publishes from one document now: this process has just written to it. */
  wake(collection: string, id: string): void {
    const found = this.#collections.get(collection);
    if (found === undefined || this.#closed || this.#stopTimer === undefined) return;
    if (this.#inFlight.size < MAX_DOCUMENTS_IN_FLIGHT) this.#begin(found, id);
    // Beyond it the next pass finds the document.
    else if (this.#woken.size < MAX_WOKEN)
      this.#woken.set(nameOf(found, id), { collection: found, id });
  }

  /** Whether it has been started and not closed. */
  get isRunning(): boolean {
    return this.#stopTimer !== undefined && !this.#closed;
  }

  /** Publishes everything that is due now, once. Passes do not overlap. */
  pass(): Promise<void> {
    this.#passing ??= this.#pass().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  /** Resolves when what is being published is settled. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /** Publishes what is due once more, within `DRAIN_TIMEOUT_MS`. */
  async drain(): Promise<void> {
    await this.#within(async () => {
      await this.pass();
      await this.idle();
    });
  }

  /** Begins nothing more, and waits for what is being published, within `DRAIN_TIMEOUT_MS`. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#stopTimer?.();
    await this.#within(() => this.idle());
  }

  async #within(task: () => Promise<void>): Promise<void> {
    await atMost(realTimeOf(this.#time.clock), DRAIN_TIMEOUT_MS, task());
  }

  async #pass(): Promise<void> {
    for (const collection of this.#collections.values()) {
      try {
        await this.#passOver(collection);
      } catch (error) {
        this.#options.troubled?.(collection.name, error);
      }
    }
    await this.idle();
  }

  async #passOver(collection: OutboxCollection): Promise<void> {
    const seen = new Set<string>();
    while (!this.#closed) {
      const due = await collection.due(this.#now(), MAX_DOCUMENTS_IN_FLIGHT);
      // Those that were just tried and are still there are left to the next pass.
      const fresh = due.filter((id) => !seen.has(id));
      if (fresh.length === 0) break;
      for (const id of fresh) {
        seen.add(id);
        await this.#room();
        this.#begin(collection, id);
      }
      await this.idle();
    }
    await this.#takeOverStale(collection);
  }

  async #takeOverStale(collection: OutboxCollection): Promise<void> {
    const claims = await collection.claimed();
    const others = claims.filter(({ _id: id }) => !this.#inFlight.has(nameOf(collection, id)));
    for (const { id, token } of this.#stale.among(collection.name, others)) {
      if (this.#closed) return;
      await this.#room();
      this.#begin(collection, id, token);
    }
  }

  async #room(): Promise<void> {
    while (this.#inFlight.size >= MAX_DOCUMENTS_IN_FLIGHT)
      await Promise.race(this.#inFlight.values());
  }

  #begin(collection: OutboxCollection, id: string, staleToken?: string): void {
    const name = nameOf(collection, id);
    if (this.#inFlight.has(name)) {
      this.#again.add(name);
      return;
    }
    const working = this.#relay(collection, id, name, staleToken)
      .catch((error: unknown) => this.#options.troubled?.(collection.name, error))
      .finally(() => {
        this.#inFlight.delete(name);
        this.#beginWoken();
      });
    this.#inFlight.set(name, working);
  }

  #beginWoken(): void {
    for (const [name, { collection, id }] of this.#woken) {
      if (this.#closed || this.#inFlight.size >= MAX_DOCUMENTS_IN_FLIGHT) return;
      this.#woken.delete(name);
      this.#begin(collection, id);
    }
  }

  async #relay(
    collection: OutboxCollection,
    id: string,
    name: string,
    staleToken: string | undefined,
  ): Promise<void> {
    let stale = staleToken;
    let more: boolean;
    do {
      this.#again.delete(name);
      more = await this.#claimAndPublish(collection, id, stale);
      stale = undefined;
    } while ((more || this.#again.has(name)) && !this.#closed);
  }

  /** @returns whether more is due. */
  async #claimAndPublish(
    collection: OutboxCollection,
    id: string,
    stale: string | undefined,
  ): Promise<boolean> {
    const token = randomUUID();
    const lease = { token, owner: this.#owner };
    const claimedMs = this.#time.monotonicMs();
    const document = await (stale === undefined
      ? collection.claim(id, lease, this.#now())
      : collection.takeOver(id, stale, lease));
    if (document === null) return false;
    const claim = new Claim(collection, id, token, claimedMs, {
      time: this.#time,
      leaseMs: this.#leaseMs,
    });
    try {
      return await this.#publish(claim, document);
    } finally {
      await claim.end();
    }
  }

  /** @returns whether something was done and more is due. */
  async #publish(claim: Claim, document: OutboxDocument): Promise<boolean> {
    const publishing = new Publishing(claim, {
      handlers: this.#handlers,
      time: this.#time,
      maxAttempts: this.#options.maxAttempts ?? MAX_ATTEMPTS,
      maxStarts: this.#options.maxStarts ?? MAX_STARTS,
      publishTimeoutMs: this.#options.publishTimeoutMs ?? PUBLISH_TIMEOUT_MS,
    });
    if ((document.outbox_starts ?? 1) > 1) return this.#publishWarily(claim, publishing, document);
    const outcomes = await publishing.run(document);
    const left = await this.#settle(claim, outcomes, { keep: false, thenDelete: goes(document) });
    return outcomes.length > 0 && left !== null && hasDue(left, this.#now());
  }

  /** A process ended while it published from this document: one entry at a time. */
  async #publishWarily(
    claim: Claim,
    publishing: Publishing,
    document: OutboxDocument,
  ): Promise<boolean> {
    let left: OutboxDocument | null = document;
    while (left !== null && claim.isUsable) {
      const outcomes = await publishing.runNext(left);
      if (outcomes.length === 0) break;
      left = await this.#settle(claim, outcomes, { keep: true, thenDelete: false });
    }
    if (left !== null) await this.#settle(claim, [], { keep: false, thenDelete: goes(left) });
    return false;
  }

  /** Tries for a while: what is not written down is published again by who takes over. */
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
          this.#options.settled?.(collection.name, documentId, outcome);
        }
        return left;
      } catch (error) {
        if (attempt >= SETTLE_ATTEMPTS || claim.signal.aborted) throw error;
        await sleep(SETTLE_RETRY_DELAY_MS);
      }
    }
  }

  #now(): Date {
    return new Date(this.#time.clock.now());
  }
}

const goes = ({ outbox_then_delete: thenDelete = false }: OutboxDocument): boolean => thenDelete;

const nameOf = ({ name }: OutboxCollection, id: string): string => `${name}/${id}`;
