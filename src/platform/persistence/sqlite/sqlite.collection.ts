import { chunksOf } from '../../../common/chunks.js';
import { assertFindOptions, assertProjection } from '../check-find.js';
import { checkedUpdate } from '../check-update.js';
import type {
  CollectionDefinition,
  DocumentCollection,
  Filter,
  FindOneOptions,
  FindOptions,
  SingleUpdate,
  Update,
  UpdateOneOptions,
} from '../document-collection.js';
import { parseFilter, type FilterNode } from '../parse-filter.js';
import { WRITE_BATCH } from '../persistence.constants.js';
import { storedDocument } from '../stored-value.js';
import { assertUpsertable } from '../upsert.js';
import { applyUpdate, documentFrom } from './evaluate/apply-update.js';
import { projected, Selection } from './evaluate/select.js';
import type { SqliteFile } from './sqlite.file.js';
import type { Stored, Table } from './table.js';
import { rootOf } from './table.index.js';

/** One collection of the embedded store. */
export class SqliteCollection<T extends { _id: string }> implements DocumentCollection<T> {
  readonly definition: CollectionDefinition<T>;
  readonly #file: SqliteFile;

  constructor(definition: CollectionDefinition<T>, file: SqliteFile) {
    this.definition = definition;
    this.#file = file;
  }

  async insert(document: T): Promise<void> {
    const stored = storedDocument(document, this.definition.name);
    await this.#write((table) => table.insert(stored));
  }

  async insertMany(documents: readonly T[]): Promise<void> {
    const stored = documents.map((document) => storedDocument(document, this.definition.name));
    for (const some of chunksOf(stored, WRITE_BATCH)) {
      await this.#write((table) => {
        for (const document of some) table.insert(document);
      });
    }
  }

  async findOne(filter: Filter<T>, options: FindOneOptions = {}): Promise<T | null> {
    const [found] = await this.find(filter, { ...options, limit: 1 });
    return found ?? null;
  }

  async find(filter: Filter<T>, options: FindOptions = {}): Promise<T[]> {
    const node = parseFilter(filter);
    assertFindOptions(options);
    const { sort, limit } = options;
    if (limit === 0) return [];
    const documents = await this.#read((table) => {
      const { sorted, found } = table.query(node, sort);
      const selection = new Selection<T>(options, sorted);
      for (const { document } of found) {
        selection.add(document);
        if (selection.isComplete) break;
      }
      return selection.documents();
    });
    return documents.map((document) => projected(document, options.projection));
  }

  async updateOne(
    filter: Filter<T>,
    update: Update<T>,
    { upsert = false, projection }: UpdateOneOptions = {},
  ): Promise<T | null> {
    const node = parseFilter(filter);
    const changes = checkedUpdate(update);
    assertProjection(projection);
    const fields = writtenBy(changes);
    if (upsert) assertUpsertable(node);
    const written = await this.#write((table) => {
      const found = table.first(node);
      if (found !== undefined) return change(table, found, changes, fields);
      return upsert ? make(table, node, changes) : null;
    });
    return written === null ? null : projected(written, projection);
  }

  async updateMany(filter: Filter<T>, update: Update<T>): Promise<number> {
    const changes = checkedUpdate(update);
    const fields = writtenBy(changes);
    const found = await this.find(filter, { projection: { _id: 1 } });
    let changed = 0;
    for (const { _id: id } of found) {
      // Checked again: it may have changed since it was found.
      const still = parseFilter({ $and: [{ _id: { $eq: id } }, filter] });
      changed += await this.#write((table) => {
        const stored = table.first(still);
        if (stored === undefined) return 0;
        change(table, stored, changes, fields);
        return 1;
      });
    }
    return changed;
  }

  async updateEach(updates: readonly SingleUpdate<T>[]): Promise<number> {
    const checked = updates.map(({ filter, update }) => ({
      node: parseFilter(filter),
      changes: checkedUpdate(update),
    }));
    const found = await Promise.all(
      checked.map(({ node, changes }) =>
        this.#write((table) => {
          const stored = table.first(node);
          if (stored === undefined) return 0;
          change(table, stored, changes, writtenBy(changes));
          return 1;
        }),
      ),
    );
    return found.reduce<number>((sum, one) => sum + one, 0);
  }

  async deleteMany(filter: Filter<T>): Promise<number> {
    const node = parseFilter(filter);
    return this.#inBatches((table) => table.removeSome(node, WRITE_BATCH));
  }

  async count(filter: Filter<T>): Promise<number> {
    const node = parseFilter(filter);
    return this.#read((table) => table.count(node));
  }

  /** Deletes expired documents. */
  async maintain(): Promise<void> {
    await this.#inBatches((table) => table.removeSomeExpired(WRITE_BATCH));
  }

  /** In several transactions if there are many documents, so that other writes need not wait for all of them. */
  async #inBatches(removeSome: (table: Table<T>) => number): Promise<number> {
    let removed = 0;
    for (;;) {
      const some = await this.#write(removeSome);
      removed += some;
      if (some < WRITE_BATCH) return removed;
    }
  }

  #read<R>(task: (table: Table<T>) => R): Promise<R> {
    return this.#file.read(this.definition, task);
  }

  #write<R>(task: (table: Table<T>) => R): Promise<R> {
    return this.#file.write(this.definition, task);
  }
}

function change<T extends { _id: string }>(
  table: Table<T>,
  stored: Stored<T>,
  changes: Update<T>,
  fields: ReadonlySet<string>,
): T {
  table.change(stored, fields, (document) => applyUpdate(document, changes, false));
  return stored.document;
}

/** The fields of a document that an update writes to, or within. */
function writtenBy<T>(changes: Update<T>): ReadonlySet<string> {
  return new Set(Object.values(changes).flatMap((paths) => Object.keys(paths ?? {}).map(rootOf)));
}

function make<T extends { _id: string }>(
  table: Table<T>,
  filter: FilterNode,
  changes: Update<T>,
): T {
  // Filter and update together make the document; the caller vouches for its type.
  const made = documentFrom(filter) as T;
  applyUpdate(made, changes, true);
  table.insert(made);
  return made;
}
