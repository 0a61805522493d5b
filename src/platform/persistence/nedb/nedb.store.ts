import { join } from 'node:path';
import type { CollectionDefinition, DocumentCollection } from '../document-collection.js';
import { assertCollectionName, DocumentStore } from '../document-store.js';
import { MAINTENANCE_INTERVAL_MS } from '../persistence.constants.js';
import { InvalidQueryError, StoreUnavailableError } from '../persistence.errors.js';
import { NedbCollection } from './nedb.collection.js';

/** What the store needs of a collection, whatever its documents. */
type AnyCollection = Pick<NedbCollection<{ _id: string }>, 'open' | 'maintain' | 'close'>;

export interface NedbStoreOptions {
  /** Where the files are kept, one a collection. Default: nowhere, documents live in memory. */
  readonly documentsDir?: string | undefined;
  /** Default 60 s. */
  readonly maintenanceIntervalMs?: number;
  /** Told what maintenance could not do. Default: nobody. */
  readonly onMaintenanceError?: (error: unknown) => void;
}

/** Documents in files of this machine, for one process at a time. */
export class NedbStore extends DocumentStore {
  readonly #options: NedbStoreOptions;
  readonly #collections = new Map<string, AnyCollection & { definition: unknown }>();
  readonly #timer: NodeJS.Timeout;
  #closed = false;

  constructor(options: NedbStoreOptions = {}) {
    super();
    this.#options = options;
    this.#timer = setInterval(
      () => void this.maintain().catch((error: unknown) => options.onMaintenanceError?.(error)),
      options.maintenanceIntervalMs ?? MAINTENANCE_INTERVAL_MS,
    ).unref();
  }

  override collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T> {
    assertCollectionName(definition.name);
    const known = this.#collections.get(definition.name);
    if (known === undefined) {
      const made = new NedbCollection<T>(definition, this.#filenameOf(definition.name));
      this.#collections.set(definition.name, made);
      return made;
    }
    if (JSON.stringify(known.definition) !== JSON.stringify(definition)) {
      throw new InvalidQueryError(`Collection ${definition.name} is declared twice, differently`);
    }
    // The same name and definition: the documents are of the type it was made for.
    return known as unknown as NedbCollection<T>;
  }

  override async ping(): Promise<void> {
    if (this.#closed) throw new StoreUnavailableError('The embedded document store is closed');
    for (const collection of this.#collections.values()) await collection.open();
  }

  /** Deletes expired documents and compacts files; done by itself every minute. */
  async maintain(): Promise<void> {
    for (const collection of this.#collections.values()) await collection.maintain();
  }

  override async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const collection of this.#collections.values()) await collection.close();
  }

  #filenameOf(name: string): string | undefined {
    const { documentsDir } = this.#options;
    return documentsDir === undefined ? undefined : join(documentsDir, `${name}.db`);
  }
}
