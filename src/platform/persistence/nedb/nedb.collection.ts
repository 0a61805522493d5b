import { checkedUpdate } from '../check-update.js';
import type {
  CollectionDefinition,
  DocumentCollection,
  Filter,
  FindOneOptions,
  FindOptions,
  Update,
} from '../document-collection.js';
import { equalities, parseFilter, type FilterNode } from '../parse-filter.js';
import { MIN_WRITES_TO_COMPACT } from '../persistence.constants.js';
import {
  DuplicateKeyError,
  StoreCorruptError,
  StoreUnavailableError,
} from '../persistence.errors.js';
import { storedCopy, storedDocument } from '../stored-value.js';
import { assertUpsertable } from '../upsert.js';
import { applyUpdate, documentFrom } from './apply-update.js';
import { trimTornLine } from './datafile.js';
import { Datastore } from './datastore.js';
import { indexedPaths, isExpired, narrowed } from './indexes.js';
import { matches } from './match.js';
import { select } from './select.js';
import { Serial } from './serial.js';

/**
 * One collection in one nedb file, or in memory. nedb keeps the file and the indexes;
 * filters and updates are evaluated here, as MongoDB does, because nedb has no
 * `$setOnInsert`, no `$not` on a field, and takes null and missing for different things.
 */
export class NedbCollection<T extends { _id: string }> implements DocumentCollection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly #filename: string | undefined;
  readonly #indexed: ReadonlySet<string>;
  readonly #expires: boolean;
  readonly #database: Datastore<T>;
  readonly #writes = new Serial();
  #opened: Promise<void> | undefined;
  #closed = false;
  #writesSinceCompaction = 0;

  constructor(definition: CollectionDefinition<T>, filename: string | undefined) {
    this.definition = definition;
    this.#filename = filename;
    this.#indexed = indexedPaths(definition);
    this.#expires =
      definition.indexes?.some((index) => index.expireAfterSeconds !== undefined) ?? false;
    this.#database = new Datastore<T>(
      // A damaged line in the middle is a lost document: better not to open than to go on without.
      filename === undefined ? { inMemoryOnly: true } : { filename, corruptAlertThreshold: 0 },
    );
  }

  /** Reads the file. Everything else does so by itself; after a failure it is tried again. */
  open(): Promise<void> {
    if (this.#closed) {
      return Promise.reject(new StoreUnavailableError('The embedded document store is closed'));
    }
    this.#opened ??= this.#load().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async insert(document: T): Promise<void> {
    const stored = storedDocument(document, this.definition.name);
    await this.#write(() => this.#insert(stored));
  }

  async findOne(filter: Filter<T>, options: FindOneOptions = {}): Promise<T | null> {
    const [found] = await this.find(filter, { ...options, limit: 1 });
    return found ?? null;
  }

  async find(filter: Filter<T>, options: FindOptions = {}): Promise<T[]> {
    const node = parseFilter(filter);
    await this.open();
    return select(await this.#matching(node), options);
  }

  async updateOne(
    filter: Filter<T>,
    update: Update<T>,
    { upsert = false }: { readonly upsert?: boolean } = {},
  ): Promise<T | null> {
    const node = parseFilter(filter);
    const changes = checkedUpdate(update);
    if (upsert) assertUpsertable(node);
    return this.#write(async () => {
      const [found] = await this.#matching(node);
      if (found === undefined) return upsert ? this.#make(node, changes) : null;
      // A copy, so that a failing operator leaves the document as it was.
      const changed = storedCopy(found);
      applyUpdate(changed, changes, false);
      const { _id: id } = found;
      await this.#translated(() => this.#database.updateAsync({ _id: id }, changed, {}));
      return storedCopy(changed);
    });
  }

  async deleteMany(filter: Filter<T>): Promise<number> {
    const node = parseFilter(filter);
    return this.#write(async () => this.#remove(await this.#matching(node)));
  }

  async count(filter: Filter<T>): Promise<number> {
    const node = parseFilter(filter);
    await this.open();
    return (await this.#matching(node)).length;
  }

  /** Deletes what has expired, and rewrites the file once most of it is out of date. */
  async maintain(): Promise<void> {
    if (this.#opened === undefined || this.#closed) return;
    await this.#opened;
    await this.#writes.run(async () => {
      await this.#remove(this.#all().filter((document) => isExpired(document, this.definition)));
      const due = Math.max(MIN_WRITES_TO_COMPACT, this.#all().length);
      if (this.#filename === undefined || this.#writesSinceCompaction < due) return;
      await this.#database.compactDatafileAsync();
      this.#writesSinceCompaction = 0;
    });
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#writes.idle();
  }

  async #write<R>(task: () => Promise<R>): Promise<R> {
    await this.open();
    return this.#writes.run(() => {
      this.#writesSinceCompaction += 1;
      return task();
    });
  }

  async #insert(stored: T): Promise<void> {
    await this.#removeExpired(stored);
    await this.#translated(() => this.#database.insertAsync(stored));
  }

  async #make(filter: FilterNode, changes: Update<T>): Promise<T> {
    // The filter and the update together are the document; their author vouches for its type.
    const made = documentFrom(filter) as T;
    applyUpdate(made, changes, true);
    await this.#insert(made);
    return storedCopy(made);
  }

  /** A document that has expired is gone for every reader, so it must not stand in the way of its successor. */
  async #removeExpired({ _id: id }: T): Promise<void> {
    if (!this.#expires) return;
    const taken = await this.#database.findAsync<T>({ _id: id });
    await this.#remove(taken.filter((document) => isExpired(document, this.definition)));
  }

  async #remove(documents: readonly T[]): Promise<number> {
    const ids = documents.map(({ _id: id }) => id);
    for (const id of ids) await this.#database.removeAsync({ _id: id }, {});
    return ids.length;
  }

  async #load(): Promise<void> {
    if (this.#filename !== undefined) {
      await trimTornLine(this.#filename);
      await this.#database.loadDatabaseAsync().catch((cause: unknown) => {
        const message = `Cannot read ${this.definition.name} of the embedded store`;
        throw new StoreCorruptError(`${message}: ${String(cause)}`, { cause });
      });
    }
    for (const { fields, unique = false, sparse = false } of this.definition.indexes ?? []) {
      const fieldName = Object.keys(fields);
      // A file remembers its indexes; one that was declared otherwise then is made anew.
      await this.#database.removeIndexAsync(fieldName.toSorted().join(','));
      await this.#translated(() => this.#database.ensureIndexAsync({ fieldName, unique, sparse }));
    }
  }

  /** The store's own documents, not copies; only ever read. */
  async #matching(filter: FilterNode): Promise<T[]> {
    const query = narrowed(equalities(filter), this.#indexed);
    const found = query === undefined ? this.#all() : await this.#database.findAsync<T>(query);
    return found.filter(
      (document) => !isExpired(document, this.definition) && matches(document, filter),
    );
  }

  #all(): T[] {
    return this.#database.getAllData<T>();
  }

  async #translated<R>(task: () => Promise<R>): Promise<R> {
    try {
      return await task();
    } catch (error) {
      if (error instanceof Error && 'errorType' in error && error.errorType === 'uniqueViolated') {
        throw new DuplicateKeyError(this.definition.name, error);
      }
      throw error;
    }
  }
}
