import { atMost } from '../../common/at-most.js';
import { realTimeOf } from '../../transport/clock.js';
import { DocumentPublisher } from './document.publisher.js';
import type { OutboxCollection } from './outbox.collection.js';
import {
  DRAIN_TIMEOUT_MS,
  GIVE_UP_TIMEOUT_MS,
  LEASE_MS,
  MAX_DOCUMENTS_IN_FLIGHT,
  MAX_WOKEN,
  POLL_INTERVAL_MS,
} from './outbox.constants.js';
import type { OutboxHandlers } from './outbox.handlers.js';
import { systemTime, type OutboxTime } from './outbox.time.js';
import type { RelayOptions } from './relay.options.js';
import { RelayStop } from './relay.stop.js';
import { StaleClaims } from './stale.claims.js';

/** Publishes due entries of several collections' outboxes, alongside the relays of other processes. */
export class Relay {
  readonly #collections = new Map<string, OutboxCollection>();
  readonly #options: RelayOptions;
  readonly #time: OutboxTime;
  readonly #stale: StaleClaims;
  readonly #documents: DocumentPublisher;
  /** Documents this relay is publishing from, by collection and id. */
  readonly #inFlight = new Map<string, Promise<void>>();
  /** Documents in flight that got new entries. */
  readonly #again = new Set<string>();
  /** Documents that wait for a free slot. */
  readonly #woken = new Map<
    string,
    { readonly collection: OutboxCollection; readonly id: string }
  >();
  #passing: Promise<void> | undefined;
  #stopTimer: (() => void) | undefined;
  readonly #stop = new RelayStop();

  constructor(handlers: OutboxHandlers, options: RelayOptions = {}) {
    this.#options = options;
    this.#time = options.time ?? systemTime;
    const { leaseMs = LEASE_MS } = options;
    this.#stale = new StaleClaims(this.#time, leaseMs);
    this.#documents = new DocumentPublisher(handlers, this.#time, leaseMs, options, this.#stop);
  }

  add(collection: OutboxCollection): void {
    this.#collections.set(collection.name, collection);
  }

  /** Starts looking for due entries. */
  start(): void {
    const intervalMs = this.#options.pollIntervalMs ?? POLL_INTERVAL_MS;
    this.#stopTimer ??= this.#time.clock.every(intervalMs, () => {
      void this.pass();
    });
  }

  /** Publishes from one document now: this process has just written to it. */
  wake(collection: string, id: string): void {
    const found = this.#collections.get(collection);
    if (found === undefined || this.#stop.isBegun || this.#stopTimer === undefined) return;
    if (this.#inFlight.size < MAX_DOCUMENTS_IN_FLIGHT) this.#begin(found, id);
    // The next pass finds the documents that exceed the limit.
    else if (this.#woken.size < MAX_WOKEN)
      this.#woken.set(nameOf(found, id), { collection: found, id });
  }

  /** Whether it has been started and not closed. */
  get isRunning(): boolean {
    return this.#stopTimer !== undefined && !this.#stop.isBegun;
  }

  /** Publishes all entries that are due now, once. Passes do not overlap. */
  pass(): Promise<void> {
    this.#passing ??= this.#pass().finally(() => {
      this.#passing = undefined;
    });
    return this.#passing;
  }

  /** Resolves when pending publications are settled. */
  async idle(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight.values());
  }

  /** Publishes due entries once more, within `DRAIN_TIMEOUT_MS`. */
  async drain(): Promise<void> {
    await this.#within(DRAIN_TIMEOUT_MS, async () => {
      await this.pass();
      await this.idle();
    });
  }

  /**
   * Starts no further publications, and waits for pending ones, within `DRAIN_TIMEOUT_MS`. Then it gives them up: their
   * entries are left to another relay.
   */
  async close(): Promise<void> {
    this.#stop.begin();
    this.#stopTimer?.();
    await this.#within(DRAIN_TIMEOUT_MS, () => this.idle());
    this.#stop.giveUp();
    await this.#within(GIVE_UP_TIMEOUT_MS, () => this.idle());
  }

  async #within(timeoutMs: number, task: () => Promise<void>): Promise<void> {
    await atMost(realTimeOf(this.#time.clock), timeoutMs, task());
  }

  async #pass(): Promise<void> {
    for (const collection of this.#collections.values()) {
      try {
        await this.#passOver(collection);
      } catch (error) {
        this.#options.troubled?.({ collection: collection.name, error });
      }
    }
    await this.idle();
  }

  async #passOver(collection: OutboxCollection): Promise<void> {
    const seen = new Set<string>();
    while (!this.#stop.isBegun) {
      const due = await collection.due(this.#now(), MAX_DOCUMENTS_IN_FLIGHT);
      // Documents that were just tried and are still due are left to the next pass.
      const fresh = due.filter((id) => !seen.has(id));
      if (fresh.length === 0) break;
      for (const id of fresh) {
        seen.add(id);
        await this.#room();
        if (this.#stop.isBegun) return;
        this.#begin(collection, id);
      }
      await this.idle();
    }
    if (!this.#stop.isBegun) await this.#takeOverStale(collection);
  }

  async #takeOverStale(collection: OutboxCollection): Promise<void> {
    const claims = await collection.claimed();
    const others = claims.filter(({ _id: id }) => !this.#inFlight.has(nameOf(collection, id)));
    for (const { id, token } of this.#stale.among(collection.name, others)) {
      await this.#room();
      if (this.#stop.isBegun) return;
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
      .catch((error: unknown) => this.#options.troubled?.({ collection: collection.name, error }))
      .finally(() => {
        this.#inFlight.delete(name);
        this.#beginWoken();
      });
    this.#inFlight.set(name, working);
  }

  #beginWoken(): void {
    for (const [name, { collection, id }] of this.#woken) {
      if (this.#stop.isBegun || this.#inFlight.size >= MAX_DOCUMENTS_IN_FLIGHT) return;
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
      more = await this.#documents.publish(collection, id, stale);
      stale = undefined;
    } while ((more || this.#again.has(name)) && !this.#stop.isBegun);
  }

  #now(): Date {
    return new Date(this.#time.clock.now());
  }
}

const nameOf = ({ name }: OutboxCollection, id: string): string => `${name}/${id}`;
