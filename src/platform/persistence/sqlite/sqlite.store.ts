import { Logger } from '@nestjs/common';
import { join } from 'node:path';
import type { CollectionDefinition, DocumentCollection } from '../document-collection.js';
import { assertCollectionName, DocumentStore } from '../document-store.js';
import { MAINTENANCE_INTERVAL_MS } from '../persistence.constants.js';
import { InvalidQueryError } from '../persistence.errors.js';
import { SqliteCollection } from './sqlite.collection.js';
import { IN_MEMORY } from './sqlite.connection.js';
import { SqliteFile } from './sqlite.file.js';

/** The part of a collection that the store uses. */
interface AnyCollection {
  readonly definition: Pick<CollectionDefinition, 'name' | 'indexes'>;
  maintain(): Promise<void>;
}

const FILE_NAME = 'documents.sqlite';

export interface SqliteStoreOptions {
  /** The folder of the file. Default: none, documents are in memory. */
  readonly documentsDir?: string | undefined;
  /** How often expired documents are deleted, in milliseconds. Default: 60 000. */
  readonly maintenanceIntervalMs?: number;
}

/** Documents in one SQLite file of this machine, which several processes may share. */
export class SqliteStore extends DocumentStore {
  readonly #file: SqliteFile;
  readonly #collections = new Map<string, AnyCollection>();
  readonly #timer: NodeJS.Timeout;
  readonly #logger = new Logger(SqliteStore.name);
  #failing = false;
  #closed = false;

  constructor(options: SqliteStoreOptions = {}) {
    super();
    const { documentsDir } = options;
    const name = documentsDir === undefined ? IN_MEMORY : join(documentsDir, FILE_NAME);
    this.#file = new SqliteFile(name, documentsDir);
    this.#timer = setInterval(
      () => void this.#maintain(),
      options.maintenanceIntervalMs ?? MAINTENANCE_INTERVAL_MS,
    ).unref();
  }

  /** Logs once when deleting expired documents fails, and once when it succeeds again. */
  async #maintain(): Promise<void> {
    try {
      await this.maintain();
      if (this.#failing) this.#logger.log('Expired documents are deleted again');
      this.#failing = false;
    } catch (error) {
      if (this.#closed) return;
      if (!this.#failing)
        this.#logger.warn('Expired documents cannot be deleted', { reason: String(error) });
      this.#failing = true;
    }
  }

  override collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T> {
    assertCollectionName(definition.name);
    const known = this.#collections.get(definition.name);
    if (known === undefined) {
      const made = new SqliteCollection<T>(definition, this.#file);
      this.#collections.set(definition.name, made);
      return made;
    }
    if (JSON.stringify(known.definition) !== JSON.stringify(definition)) {
      throw new InvalidQueryError(
        `Collection ${definition.name} is declared twice with different definitions`,
      );
    }
    // The same name and definition: the documents are of the type it was made for.
    return known as unknown as SqliteCollection<T>;
  }

  override async open(): Promise<void> {
    await this.#file.ping();
    for (const { definition } of this.#collections.values()) await this.#file.declare(definition);
  }

  override ping(): Promise<void> {
    return this.#file.ping();
  }

  /** Deletes expired documents; also runs every minute. */
  async maintain(): Promise<void> {
    for (const collection of this.#collections.values()) await collection.maintain();
  }

  override async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#file.close();
  }
}
