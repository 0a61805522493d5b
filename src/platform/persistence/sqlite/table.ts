import type { CollectionDefinition, FindOptions } from '../document-collection.js';
import { equalities, parseFilter, type FilterNode } from '../parse-filter.js';
import { DuplicateKeyError, parallelListsError } from '../persistence.errors.js';
import { decodeBody, encodeBody } from './body.codec.js';
import { matches } from './evaluate/match.js';
import { expiredFilters, expiriesOf, isExpired, type Expiry } from './expiry.js';
import { planOf, type Plan } from './plan.js';
import type { Row, SqliteConnection } from './sqlite.connection.js';
import { isConstraintViolation } from './sqlite.errors.js';
import { entriesBeyond, type Entry, type TableIndex } from './table.index.js';

/** A document and its row. */
export interface Stored<T> {
  readonly row: number;
  readonly document: T;
}

/** The rows of one collection and of its indexes. Everything here is synchronous. */
export class Table<T extends { _id: string }> {
  readonly #connection: SqliteConnection;
  readonly #definition: CollectionDefinition<T>;
  readonly #indexes: readonly TableIndex[];
  readonly #documents: string;
  readonly #byId: string;
  readonly #expiries: readonly Expiry[];

  /** @param indexes every index the file has for the collection, whichever process declared it. */
  constructor(
    connection: SqliteConnection,
    definition: CollectionDefinition<T>,
    indexes: readonly TableIndex[],
  ) {
    this.#connection = connection;
    this.#definition = definition;
    this.#indexes = indexes;
    this.#documents = documentsTable(definition.name);
    this.#byId = `SELECT seq, body FROM ${this.#documents} WHERE id = ?`;
    this.#expiries = expiriesOf(definition);
  }

  /** Matching documents, in the order of `sort` if `sorted` is true, else in any order. */
  query(
    filter: FilterNode,
    sort: FindOptions['sort'],
  ): { readonly sorted: boolean; readonly found: Iterable<Stored<T>> } {
    const id = idOf(filter);
    if (id !== undefined) return { sorted: true, found: this.#withId(id, filter) };
    const plan = this.#plan(filter, sort);
    const sql = `SELECT d.seq, d.body ${plan.from}${plan.orderBy}`;
    const rows = this.#connection.iterate(sql, ...plan.values);
    return { sorted: plan.sorted, found: this.#fitting(rows, filter, plan.repeats) };
  }

  first(filter: FilterNode): Stored<T> | undefined {
    for (const found of this.query(filter, undefined).found) return found;
    return undefined;
  }

  count(filter: FilterNode): number {
    const plan = this.#plan(filter);
    if (plan.exact && this.#expiries.length === 0) {
      const counted = plan.repeats ? 'DISTINCT d.seq' : '*';
      return Number(
        this.#connection.first(`SELECT count(${counted}) AS n ${plan.from}`, ...plan.values)?.['n'],
      );
    }
    return Iterator.from(this.query(filter, undefined).found).reduce((sum) => sum + 1, 0);
  }

  /** @throws {DuplicateKeyError} or {UnstorableValueError} before anything is written. */
  insert(document: T): void {
    const { _id: id } = document;
    this.#removeExpired(id);
    for (const index of this.#indexes) this.#assertIndexable(index, document);
    const entries = this.#indexes.map((index) => index.entriesOf(document));
    for (const [at, index] of this.#indexes.entries()) {
      this.#assertUnique(index, document, entries[at] ?? [], 0);
    }
    const row = this.#insertRow(id, document);
    for (const [at, index] of this.#indexes.entries()) {
      const own = entries[at] ?? [];
      for (const entry of own) index.add(this.#connection, entry, row);
      index.noteUnordered(this.#connection, document, own);
    }
  }

  /**
   * Changes a document and its row.
   *
   * @param fields of the document that `apply` writes to, or within.
   * @throws {DuplicateKeyError}, {UnstorableValueError}, or what `apply` throws, before anything is written.
   */
  change({ row, document }: Stored<T>, fields: ReadonlySet<string>, apply: (it: T) => void): void {
    const covering = this.#indexes.filter((index) => index.covers(fields));
    const before = covering.map((index) => index.entriesOf(document));
    apply(document);
    for (const index of covering) this.#assertIndexable(index, document);
    const changes = covering.map((index, at) => {
      const old = before[at] ?? [];
      const now = index.entriesOf(document);
      return { index, now, gone: entriesBeyond(old, now), added: entriesBeyond(now, old) };
    });
    for (const { index, added } of changes) this.#assertUnique(index, document, added, row);
    this.#connection.run(
      `UPDATE ${this.#documents} SET body = ? WHERE seq = ?`,
      encodeBody(document),
      row,
    );
    for (const { index, now, gone, added } of changes) {
      for (const entry of gone) index.remove(this.#connection, entry, row);
      for (const entry of added) index.add(this.#connection, entry, row);
      index.noteUnordered(this.#connection, document, now);
    }
  }

  remove({ row, document }: Stored<T>): void {
    this.#connection.run(`DELETE FROM ${this.#documents} WHERE seq = ?`, row);
    for (const index of this.#indexes) {
      for (const entry of index.entriesOf(document)) index.remove(this.#connection, entry, row);
    }
  }

  /** Deletes at most `limit` matching documents. @returns their number. */
  removeSome(filter: FilterNode, limit: number): number {
    return this.#removeFirst(this.query(filter, undefined).found, limit);
  }

  /** Deletes at most `limit` expired documents. @returns their number. */
  removeSomeExpired(limit: number): number {
    let removed = 0;
    for (const filter of expiredFilters(this.#expiries).map(parseFilter)) {
      const plan = this.#plan(filter);
      const rows = this.#connection.iterate(`SELECT d.seq, d.body ${plan.from}`, ...plan.values);
      // Asked of each document: without the index, which another process may have dropped, these are all of them.
      const expired = Iterator.from(storedIn<T>(rows, plan.repeats)).filter(({ document }) =>
        this.#isGone(document),
      );
      removed += this.#removeFirst(expired, limit - removed);
    }
    return removed;
  }

  #plan(filter: FilterNode, sort: FindOptions['sort'] = {}): Plan {
    return planOf(this.#documents, this.#indexes, filter, sort, (index, path) =>
      index.isOrdered(this.#connection, path),
    );
  }

  #removeFirst(found: Iterable<Stored<T>>, limit: number): number {
    const some: Stored<T>[] = [];
    for (const stored of found) {
      if (some.length >= limit) break;
      some.push(stored);
    }
    for (const stored of some) this.remove(stored);
    return some.length;
  }

  #withId(id: string, filter: FilterNode): Stored<T>[] {
    const row = this.#connection.first(this.#byId, id);
    if (row === undefined) return [];
    const stored = read<T>(row);
    return !this.#isGone(stored.document) && matches(stored.document, filter) ? [stored] : [];
  }

  *#fitting(rows: Iterable<Row>, filter: FilterNode, repeats: boolean): Generator<Stored<T>, void> {
    for (const stored of storedIn<T>(rows, repeats)) {
      if (!this.#isGone(stored.document) && matches(stored.document, filter)) yield stored;
    }
  }

  #insertRow(id: string, document: T): number {
    try {
      const sql = `INSERT INTO ${this.#documents} (id, body) VALUES (?, ?)`;
      return this.#connection.run(sql, id, encodeBody(document));
    } catch (error) {
      if (isConstraintViolation(error)) throw new DuplicateKeyError(this.#definition.name, error);
      throw error;
    }
  }

  /** @throws {UnstorableValueError} */
  #assertIndexable(index: TableIndex, document: T): void {
    const lists = index.parallelListsOf(document);
    if (lists !== undefined) throw parallelListsError(this.#definition.name, lists);
  }

  /** Readers no longer see an expired document, so it must not prevent the insertion of a new one. */
  #removeExpired(id: string): void {
    if (this.#expiries.length === 0) return;
    const row = this.#connection.first(this.#byId, id);
    if (row === undefined) return;
    const stored = read<T>(row);
    if (this.#isGone(stored.document)) this.remove(stored);
  }

  #assertUnique(index: TableIndex, document: T, entries: readonly Entry[], row: number): void {
    if (!index.unique) return;
    for (const entry of entries) {
      for (const other of index.others(this.#connection, entry, row)) {
        this.#assertGone(index, document, other);
      }
    }
  }

  #assertGone(index: TableIndex, document: T, row: number): void {
    const sql = `SELECT seq, body FROM ${this.#documents} WHERE seq = ?`;
    const found = this.#connection.first(sql, row);
    const other = found === undefined ? undefined : read<T>(found);
    if (other === undefined || !index.sharesValues(document, other.document)) return;
    if (!this.#isGone(other.document)) throw new DuplicateKeyError(this.#definition.name);
    this.remove(other);
  }

  #isGone(document: T): boolean {
    return this.#expiries.length > 0 && isExpired(document, this.#expiries);
  }
}

/** The name of a collection's table, quoted. */
export function documentsTable(collection: string): string {
  return `"d_${collection}"`;
}

/** The one id that what fits must have, where the filter names it. */
function idOf(filter: FilterNode): string | undefined {
  const [, id] = equalities(filter).find(([path]) => path === '_id') ?? [];
  return typeof id === 'string' ? id : undefined;
}

function read<T>({ seq, body }: Row): Stored<T> {
  return { row: Number(seq), document: decodeBody<T>(String(body)) };
}

/** Yields each document once: by an index, a document with a list occurs several times. */
function* storedIn<T>(rows: Iterable<Row>, repeats: boolean): Iterable<Stored<T>> {
  const seen = new Set<number>();
  for (const row of rows) {
    const stored = read<T>(row);
    if (repeats) {
      if (seen.has(stored.row)) continue;
      seen.add(stored.row);
    }
    yield stored;
  }
}
