import { setTimeout as sleep } from 'node:timers/promises';
import type { CollectionDefinition } from '../document-collection.js';
import { WRITE_LOCK_TIMEOUT_MS, OPEN_RETRY_DELAY_MS } from '../persistence.constants.js';
import { StoreUnavailableError } from '../persistence.errors.js';
import { createCatalog, createDocuments, declareIndexes, indexesOf } from './catalog.js';
import { migrateNedb } from './migrate-nedb.js';
import { IN_MEMORY, SqliteConnection } from './sqlite.connection.js';
import { isBusy, translated } from './sqlite.errors.js';
import { Table } from './table.js';
import { EventLoopYield } from './event-loop-yield.js';
import { WriteQueue } from './write.queue.js';
import { WriteTurns } from './write.turns.js';

interface Opened {
  readonly connection: SqliteConnection;
  readonly writes: WriteQueue;
}

type Declared = Pick<CollectionDefinition, 'name' | 'indexes'>;

interface Known {
  /** The schema the table was read at. */
  readonly schema: unknown;
  readonly table: unknown;
}

/** The one file of an embedded store, opened at its first use. */
export class SqliteFile {
  readonly #name: string;
  readonly #folder: string | undefined;
  readonly #turns = new EventLoopYield();
  readonly #declared = new Map<string, Promise<void>>();
  readonly #tables = new Map<string, Known>();
  #opening: Promise<Opened> | undefined;
  #closing: Promise<void> | undefined;

  /** @param folder may contain files of the former store; undefined: documents are in memory. */
  constructor(name: string, folder: string | undefined) {
    this.#name = name;
    this.#folder = folder;
  }

  /** Opens the file and creates the collection's table and indexes; a failure is not cached. */
  async declare(definition: Declared): Promise<void> {
    await this.#ready(definition);
  }

  async ping(): Promise<void> {
    const { connection } = await this.#open();
    await this.#translated(
      retryWhileBusy(() => {
        this.#assertOpen();
        connection.assertInPlace();
        connection.first('SELECT 1');
      }),
    );
  }

  async read<T extends { _id: string }, R>(
    definition: CollectionDefinition<T>,
    task: (table: Table<T>) => R,
  ): Promise<R> {
    const { connection } = await this.#ready(definition);
    await this.#turns.take();
    return this.#translated(
      retryWhileBusy(() => {
        this.#assertOpen();
        return this.#readNow(connection, definition, task);
      }),
    );
  }

  async write<T extends { _id: string }, R>(
    definition: CollectionDefinition<T>,
    task: (table: Table<T>) => R,
  ): Promise<R> {
    const { connection, writes } = await this.#ready(definition);
    this.#assertOpen();
    return this.#translated(writes.run(() => task(this.#table(connection, definition))));
  }

  /** Waits for the writes in flight. */
  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  async #close(): Promise<void> {
    const opened = await this.#opening?.catch(() => undefined);
    await opened?.writes.idle();
    opened?.connection.close();
  }

  async #ready(definition: Declared): Promise<Opened> {
    const opened = await this.#open();
    let declared = this.#declared.get(definition.name);
    if (declared === undefined) {
      declared = this.#translated(
        opened.writes.runAlone(() => {
          createDocuments(opened.connection, definition.name);
          declareIndexes(opened.connection, definition);
        }),
      );
      this.#declared.set(definition.name, declared);
      declared.catch(() => this.#declared.delete(definition.name));
    }
    await declared;
    return opened;
  }

  #open(): Promise<Opened> {
    if (this.#closing !== undefined) return Promise.reject(closedError());
    this.#opening ??= this.#openFile().catch((error: unknown) => {
      this.#opening = undefined;
      throw translated(error, this.#name);
    });
    return this.#opening;
  }

  async #openFile(): Promise<Opened> {
    const connection = await retryWhileBusy(() => new SqliteConnection(this.#name));
    try {
      const writes = new WriteQueue(connection, this.#writeTurns());
      await writes.runAlone(() => createCatalog(connection));
      if (this.#folder !== undefined) await migrateNedb(this.#folder, connection, writes);
      return { connection, writes };
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  /**
   * By the indexes that are known, without asking whether there are others: those that another
   * process has made since change nothing of what is found, and without one it has dropped the read
   * fails.
   */
  #readNow<T extends { _id: string }, R>(
    connection: SqliteConnection,
    definition: CollectionDefinition<T>,
    task: (table: Table<T>) => R,
  ): R {
    const known = this.#tables.get(definition.name);
    if (known === undefined) return task(this.#table(connection, definition));
    try {
      // The store gives one collection for a name, so the table is of the same type.
      return task(known.table as Table<T>);
    } catch (error) {
      const table = this.#table(connection, definition);
      if (table === known.table) throw error;
      return task(table);
    }
  }

  /** The collection's table with the indexes the file has now: another process may have changed them. */
  #table<T extends { _id: string }>(
    connection: SqliteConnection,
    definition: CollectionDefinition<T>,
  ): Table<T> {
    const schema = this.#name === IN_MEMORY ? undefined : connection.schemaVersion();
    const known = this.#tables.get(definition.name);
    // The store has one collection for each name, so the table has the same type.
    if (known !== undefined && known.schema === schema) return known.table as Table<T>;
    const table = new Table<T>(connection, definition, indexesOf(connection, definition.name));
    this.#tables.set(definition.name, { schema, table });
    return table;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw closedError();
  }

  /** Documents in memory have no other process. */
  #writeTurns(): WriteTurns | undefined {
    return this.#name === IN_MEMORY ? undefined : new WriteTurns(`${this.#name}-waiting`);
  }

  async #translated<R>(outcome: Promise<R>): Promise<R> {
    try {
      return await outcome;
    } catch (error) {
      throw translated(error, this.#name);
    }
  }
}

/**
 * In WAL nothing waits for a write but another, yet a process that creates the file, recovers it after a crash or is
 * the last to close it keeps all others out for a moment.
 */
async function retryWhileBusy<R>(task: () => R): Promise<R> {
  const endMs = performance.now() + WRITE_LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      return task();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= endMs) throw error;
    }
    await sleep(Math.random() * OPEN_RETRY_DELAY_MS);
  }
}

function closedError(): StoreUnavailableError {
  return new StoreUnavailableError('The embedded document store is closed');
}
