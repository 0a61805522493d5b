import { Inject, Injectable, Logger, Optional } from '@nestjs/common';
import type {
  BeforeApplicationShutdown,
  OnApplicationBootstrap,
  OnApplicationShutdown,
} from '@nestjs/common';
import {
  DocumentStore,
  type CollectionDefinition,
  type DocumentCollection,
} from '../persistence/index.js';
import { OutboxCollection } from './outbox.collection.js';
import type { OutboxDocument, ParkedEntry } from './outbox.entry.js';
import { OutboxHandlers, type PublishEntry } from './outbox.handlers.js';
import type { Outcome } from './publishing.js';
import { Relay } from './relay.js';
import type { RelayOptions } from './relay.options.js';

/** Injection token of `RelayOptions`; optional. */
export const RELAY_OPTIONS = Symbol('RELAY_OPTIONS');

export interface ParkedInDocument extends ParkedEntry {
  readonly collection: string;
  readonly documentId: string;
}

/** The backlog of one collection's outbox. */
export interface OutboxBacklog {
  readonly collection: string;
  /** Number of documents with due entries. */
  readonly due: number;
  /** How long the oldest entry has been due, in milliseconds; 0 if none is due. */
  readonly oldestAgeMs: number;
  /** Number of documents with parked entries. */
  readonly parked: number;
}

/**
 * The outbox: a feature writes what must be published because of a document's change into that document, in the same
 * update, and the relay of each process publishes it.
 *
 * @example
 * constructor(store: DocumentStore, private readonly outbox: Outbox) {
 *   this.#orders = store.collection(ORDERS);          // ORDERS = withOutbox({ name: 'orders' })
 *   outbox.relay(ORDERS);
 *   outbox.handle('invoice', (data, { signal }) => post(data, signal));
 * }
 * async ship(id: string) {
 *   await this.#orders.updateOne({ _id: id }, { $set: { shipped: true }, ...pushing(outboxEntry('invoice', { id })) });
 *   this.outbox.wake(ORDERS, id);
 * }
 */
@Injectable()
export class Outbox
  implements OnApplicationBootstrap, BeforeApplicationShutdown, OnApplicationShutdown
{
  readonly #logger = new Logger(Outbox.name);
  readonly #store: DocumentStore;
  readonly #collections = new Map<string, OutboxCollection>();
  readonly #handlers = new OutboxHandlers();
  readonly #observers: ((outcome: Outcome) => void)[] = [];
  readonly #relay: Relay;
  readonly #now: () => number;

  constructor(
    @Inject(DocumentStore) store: DocumentStore,
    @Optional() @Inject(RELAY_OPTIONS) options: RelayOptions = {},
  ) {
    this.#store = store;
    this.#now = () => options.time?.clock.now() ?? Date.now();
    this.#relay = new Relay(this.#handlers, {
      ...options,
      settled: (settled) => {
        options.settled?.(settled);
        this.#settled(settled.collection, settled.documentId, settled.outcome);
      },
      troubled: ({ collection, error }) => {
        options.troubled?.({ collection, error });
        this.#logger.warn({ collection, error: String(error) }, 'Outbox cannot be read or written');
      },
    });
  }

  /**
   * Publishes entries of a collection, whose definition must come from `withOutbox`.
   *
   * @param elsewhere the collection, if it is in another store.
   * @throws {Error} when a collection of its name in another store is relayed.
   */
  relay<T extends OutboxDocument>(
    definition: CollectionDefinition<T>,
    elsewhere?: DocumentCollection<OutboxDocument>,
  ): void {
    const known = this.#collections.get(definition.name);
    if (known !== undefined && elsewhere === undefined) return;
    if (known !== undefined) {
      throw new Error(
        `Two stores have a collection "${definition.name}" with an outbox. Rename one of them`,
      );
    }
    const documents =
      elsewhere ??
      // The outbox reads and writes only its own fields, which every such document has.
      this.#store.collection(definition as unknown as CollectionDefinition<OutboxDocument>);
    const collection = new OutboxCollection(definition.name, documents);
    this.#collections.set(definition.name, collection);
    this.#relay.add(collection);
  }

  /**
   * Registers the handler that publishes entries of a kind.
   *
   * @throws {Error} when the kind has a handler.
   */
  handle(kind: string, publish: PublishEntry): void {
    this.#handlers.add(kind, publish);
  }

  /** Call it after a write that added entries, to publish them at once instead of with the next poll. */
  wake({ name }: Pick<CollectionDefinition, 'name'>, documentId: string): void {
    this.#relay.wake(name, documentId);
  }

  /**
   * Removes an entry.
   *
   * @returns true if it will never be published; false if it was or is being published, or does not exist.
   */
  cancel(
    { name }: Pick<CollectionDefinition, 'name'>,
    documentId: string,
    entryId: string,
  ): Promise<boolean> {
    return this.#collection(name).cancel(documentId, entryId);
  }

  /** Parked entries of a collection, by document. */
  async parked(
    { name }: Pick<CollectionDefinition, 'name'>,
    { documents = 100, afterDocumentId }: { documents?: number; afterDocumentId?: string } = {},
  ): Promise<ParkedInDocument[]> {
    const found = await this.#collection(name).withParked(documents, afterDocumentId);
    return found.flatMap(({ _id: documentId, outbox_parked: parked = [] }) =>
      parked.map((entry) => ({ ...entry, collection: name, documentId })),
    );
  }

  /**
   * Publishes a parked entry again, with new attempts, behind the waiting entries of its document.
   *
   * @returns whether it was parked.
   */
  async redrive(
    { name }: Pick<CollectionDefinition, 'name'>,
    documentId: string,
    entryId: string,
  ): Promise<boolean> {
    const redriven = await this.#collection(name).redrive(documentId, entryId);
    if (redriven) this.#relay.wake(name, documentId);
    return redriven;
  }

  /** Whether woken documents are published at once: between start and shutdown. */
  get isRunning(): boolean {
    return this.#relay.isRunning;
  }

  /** The names of the collections it publishes from. */
  get collections(): string[] {
    return [...this.#collections.keys()];
  }

  async backlog(): Promise<OutboxBacklog[]> {
    const now = new Date(this.#now());
    return Promise.all(
      [...this.#collections.values()].map(async (collection) => {
        const [due, oldest, parked] = await Promise.all([
          collection.dueDocuments(now),
          collection.oldest(now),
          collection.parkedDocuments(),
        ]);
        const oldestAgeMs =
          oldest === undefined ? 0 : Math.max(0, now.getTime() - oldest.getTime());
        return { collection: collection.name, due, oldestAgeMs, parked };
      }),
    );
  }

  /** Calls back for each entry that was published, failed or parked; for metrics. */
  observe(observer: (outcome: Outcome) => void): void {
    this.#observers.push(observer);
  }

  /** Publishes everything that is due now, once; the service need not call it. */
  flush(): Promise<void> {
    return this.#relay.pass();
  }

  onApplicationBootstrap(): void {
    this.#relay.start();
  }

  /** Runs while clients and store are still open. */
  beforeApplicationShutdown(): Promise<void> {
    return this.#relay.drain();
  }

  onApplicationShutdown(): Promise<void> {
    return this.#relay.close();
  }

  #collection(name: string): OutboxCollection {
    const found = this.#collections.get(name);
    if (found === undefined) {
      const known = this.collections.join(', ');
      throw new Error(
        `Collection "${name}" has no outbox that this process relays. It relays: ${known}`,
      );
    }
    return found;
  }

  #settled(collection: string, documentId: string, outcome: Outcome): void {
    for (const observer of this.#observers) observer(outcome);
    if (outcome.kind === 'published' || outcome.kind === 'postponed') return;
    const { id: entryId, kind, attempts, error } = outcome.entry;
    const fields = { collection, documentId, entryId, kind, attempt: attempts, error };
    if (outcome.kind === 'failed')
      this.#logger.warn(fields, 'Outbox entry not published, retrying');
    else this.#logger.error({ ...fields, reason: outcome.entry.reason }, 'Outbox entry parked');
  }
}
