import {
  Outbox,
  outboxEntry,
  pushing,
  withOutbox,
  type EntryOptions,
  type OutboxDocument,
  type OutboxEntry,
  type PublishContext,
  type RelayOptions,
} from '../../../src/platform/outbox/index.js';
import type { DocumentStore } from '../../../src/platform/persistence/index.js';
import { SqliteStore } from '../../../src/platform/persistence/sqlite/sqlite.store.js';
import { FakeClock } from '../../../src/testing/index.js';
import { MortalClock, MortalStore } from './mortal.js';

export interface Order extends OutboxDocument {
  n?: number;
}

export const ORDERS = withOutbox<Order>({ name: 'orders' });

export const LEASE_MS = 30_000;

/** An outbox over documents that others may share, with a clock that stands still. */
export class OutboxFixture {
  readonly store: DocumentStore;
  readonly clock: FakeClock;
  readonly #mortal: MortalStore;
  readonly outbox: Outbox;
  /** What was published, in its order. */
  readonly published: string[] = [];
  readonly contexts: PublishContext[] = [];
  /** What publishing an entry does besides; may throw. */
  publish: (data: string, context: PublishContext) => Promise<void> | void = () => undefined;

  constructor({
    store = new SqliteStore(),
    clock = new FakeClock(1_000_000),
    ...options
  }: { store?: DocumentStore; clock?: FakeClock } & RelayOptions = {}) {
    this.store = store;
    this.clock = clock;
    this.#mortal = new MortalStore(store);
    const time = {
      clock: new MortalClock(clock, () => this.#mortal.isDead),
      monotonicMs: () => clock.now(),
    };
    this.outbox = new Outbox(this.#mortal, { time, leaseMs: LEASE_MS, ...options });
    this.outbox.relay(ORDERS);
    this.outbox.handle('note', async (data, context) => {
      await this.publish(String(data), context);
      this.contexts.push(context);
      this.published.push(String(data));
    });
  }

  /** As if the process had ended: nothing it asks of the store from now on is done or answered. */
  kill(): void {
    this.#mortal.dieAfter(0);
  }

  /** Kills it at its n-th call of the store from now on: before the call is done, or after. */
  killAtCall(n: number, done: boolean): void {
    this.#mortal.dieAfter(n, done);
  }

  /** Resolves when it has been killed. */
  get died(): Promise<void> {
    return this.#mortal.died;
  }

  get orders() {
    return this.store.collection(ORDERS);
  }

  /** Writes notes into a document, which is made where it is missing. */
  async write(id: string, ...notes: (string | OutboxEntry)[]): Promise<void> {
    const entries = notes.map((note) => (typeof note === 'string' ? this.note(note) : note));
    await this.orders.updateOne(
      { _id: id },
      { $inc: { n: 1 }, ...pushing(...entries) },
      { upsert: true },
    );
  }

  note(data: string, options: EntryOptions = {}): OutboxEntry {
    return outboxEntry('note', data, options);
  }

  order(id: string): Promise<Order | null> {
    return this.orders.findOne({ _id: id });
  }
}
