import { createConnection, mongo, type Connection } from 'mongoose';
import { ConfigurationError } from '../../config/index.js';
import type { CollectionDefinition, DocumentCollection } from '../document-collection.js';
import { assertCollectionName, DocumentStore } from '../document-store.js';
import {
  DEFAULT_DATABASE_NAME,
  SERVER_SELECTION_TIMEOUT_MS,
  SOCKET_TIMEOUT_MS,
} from '../persistence.constants.js';
import { InvalidQueryError, StoreUnavailableError } from '../persistence.errors.js';
import { translated } from './mongo-errors.js';
import { MongooseCollection } from './mongoose.collection.js';

export interface MongooseStoreOptions {
  /** `mongodb://…`; its path names the database, `weft` if it has none. */
  readonly uri: string;
  /** Takes precedence over the URI's database. */
  readonly databaseName?: string;
  /** Default: what the URI says, else 5000. */
  readonly serverSelectionTimeoutMs?: number;
  /** Called for errors of the connection outside any call. Default: none. */
  readonly onConnectionError?: (error: unknown) => void;
}

/** The part of a collection that the store uses. */
interface AnyCollection {
  readonly definition: unknown;
  declare(): Promise<void>;
}

/** Documents in MongoDB. Connects at the first use and again whenever it has to. */
export class MongooseStore extends DocumentStore {
  readonly #options: MongooseStoreOptions;
  readonly #collections = new Map<string, AnyCollection>();
  #connecting: Promise<Connection> | undefined;
  #closed = false;

  constructor(options: MongooseStoreOptions) {
    super();
    requireReadable(options.uri);
    this.#options = options;
  }

  override collection<T extends { _id: string }>(
    definition: CollectionDefinition<T>,
  ): DocumentCollection<T> {
    assertCollectionName(definition.name);
    const known = this.#collections.get(definition.name);
    if (known === undefined) {
      const made = new MongooseCollection<T>(definition, () => this.#database());
      this.#collections.set(definition.name, made);
      return made;
    }
    if (JSON.stringify(known.definition) !== JSON.stringify(definition)) {
      throw new InvalidQueryError(
        `Collection ${definition.name} is declared twice with different definitions`,
      );
    }
    // The same name and definition: the documents are of the type it was made for.
    return known as unknown as MongooseCollection<T>;
  }

  override async open(): Promise<void> {
    await this.ping();
    for (const collection of this.#collections.values()) await collection.declare();
  }

  override async ping(): Promise<void> {
    try {
      const database = await this.#database();
      await database.command({ ping: 1 });
    } catch (error) {
      throw translated(error, 'ping');
    }
  }

  override async close(): Promise<void> {
    this.#closed = true;
    const connection = await this.#connecting?.catch(() => undefined);
    await connection?.close();
  }

  async #database(): Promise<mongo.Db> {
    if (this.#closed) throw new StoreUnavailableError('The document store is closed');
    this.#connecting ??= this.#connect().catch((error: unknown) => {
      this.#connecting = undefined;
      throw error;
    });
    const { db } = await this.#connecting;
    if (db === undefined) throw new StoreUnavailableError('MongoDB is not connected');
    return db;
  }

  async #connect(): Promise<Connection> {
    const { uri, databaseName, serverSelectionTimeoutMs, onConnectionError } = this.#options;
    const dbName = databaseName ?? databaseOf(uri);
    const connection = createConnection(uri, {
      ...(dbName === undefined ? {} : { dbName }),
      ...timeoutsOf(uri),
      ...(serverSelectionTimeoutMs !== undefined && {
        serverSelectionTimeoutMS: serverSelectionTimeoutMs,
      }),
      autoIndex: false,
      bufferCommands: false,
    });
    // Without a listener an 'error' event would end the process.
    connection.on('error', (error) => onConnectionError?.(error));
    try {
      return await connection.asPromise();
    } catch (error) {
      await connection.close().catch(() => undefined);
      throw error;
    }
  }
}

/** The default database when the URI names none; undefined when it does. */
function databaseOf(uri: string): string | undefined {
  const path = /^mongodb(?:\+srv)?:\/\/[^/]*(?:\/([^?]*))?/.exec(uri)?.[1];
  return path === undefined || path === '' ? DEFAULT_DATABASE_NAME : undefined;
}

/** In the driver, options in code override the URI's, so those that the URI names are left out. */
function timeoutsOf(uri: string): object {
  const defaults = {
    serverSelectionTimeoutMS: SERVER_SELECTION_TIMEOUT_MS,
    socketTimeoutMS: SOCKET_TIMEOUT_MS,
  };
  const named = new Set(
    [...new URLSearchParams(uri.split('?')[1]).keys()].map((name) => name.toLowerCase()),
  );
  return Object.fromEntries(
    Object.entries(defaults).filter(([name]) => !named.has(name.toLowerCase())),
  );
}

/**
 * Parses a URI by the driver, without connecting.
 *
 * @throws {ConfigurationError} without the driver's message, which repeats parts of the URI, such as a misplaced
 * password.
 */
function requireReadable(uri: string): void {
  try {
    void new mongo.MongoClient(uri);
  } catch (error) {
    const name = error instanceof Error ? error.name : 'unknown';
    throw new ConfigurationError([
      {
        variable: 'MONGODB_URI',
        problem: `cannot be read by MongoDB's driver (${name}; the value is not shown)`,
        remedy:
          'Write it as mongodb://user:password@host:port/database?option=value, with the password percent-encoded and options the driver knows',
      },
    ]);
  }
}
