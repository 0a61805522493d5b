import { createHash } from 'node:crypto';
import type { IndexDefinition } from '../document-collection.js';
import { compareValues } from './evaluate/compare.js';
import { isRecord, valuesAt } from './evaluate/paths.js';
import { parallelLists } from './parallel.lists.js';
import { valueTuples } from './value.tuples.js';
import { indexKey, isInexact, NULL_KEY, type IndexKey } from './index.key.js';
import type { SqliteConnection } from './sqlite.connection.js';

export type IndexShape = Pick<IndexDefinition, 'fields' | 'unique' | 'sparse'>;

/** One entry of a document in an index. */
export type Entry = readonly IndexKey[];

/**
 * An index of a collection: a table of keys and rows, ordered by the keys. A document has an entry
 * for each value of a list, as in MongoDB's multikey indexes, which an index of SQLite's own over
 * an expression could not give it.
 */
export class TableIndex {
  /** The table's name, quoted. */
  readonly table: string;
  readonly name: string;
  readonly paths: readonly string[];
  readonly unique: boolean;
  readonly sparse: boolean;
  /** Those of a document its paths begin with. */
  readonly #fields: readonly string[];
  readonly #insert: string;
  readonly #remove: string;
  readonly #others: string;
  readonly #note: string;
  readonly #isNoted: string;

  constructor(collection: string, shape: IndexShape) {
    const hash = createHash('sha256').update(describeIndex(shape)).digest('hex').slice(0, 12);
    this.name = `i_${collection}_${hash}`;
    this.table = `"${this.name}"`;
    this.paths = Object.keys(shape.fields);
    this.#fields = this.paths.map(rootOf);
    this.unique = shape.unique === true;
    this.sparse = shape.sparse === true;
    const columns = this.columns();
    const marks = columns.map(() => '?').join(', ');
    const equal = columns.map((column) => `${column} = ?`).join(' AND ');
    this.#insert = `INSERT INTO ${this.table} (${columns.join(', ')}, doc) VALUES (${marks}, ?)`;
    this.#remove = `DELETE FROM ${this.table} WHERE ${equal} AND doc = ?`;
    this.#others = `SELECT doc FROM ${this.table} WHERE ${equal} AND doc <> ?`;
    this.#note = `INSERT OR IGNORE INTO ${this.table} (${columns.join(', ')}, doc) VALUES (${marks}, ?)`;
    this.#isNoted = `SELECT 1 FROM ${this.table} WHERE ${equal} AND doc = ?`;
  }

  columns(): string[] {
    return this.paths.map((_path, index) => `k${index}`);
  }

  /** Creates its empty table. */
  create(connection: SqliteConnection, { fields }: IndexShape): void {
    const columns = this.columns();
    const order = Object.values(fields).map(
      (direction, index) => `k${index}${direction === -1 ? ' DESC' : ''}`,
    );
    connection.execute(
      `CREATE TABLE ${this.table} (${columns.join(', ')}, doc INTEGER, PRIMARY KEY (${order.join(', ')}, doc)) WITHOUT ROWID`,
    );
  }

  /** Whether an update that writes these fields may change an entry. */
  covers(fields: ReadonlySet<string>): boolean {
    return this.#fields.some((field) => fields.has(field));
  }

  /** The document's entries, each once. */
  entriesOf(document: object): readonly Entry[] {
    const found = this.paths.map((path) => valuesAt(document, path));
    if (this.sparse && found.every((values) => values.every((value) => value === undefined))) {
      return [];
    }
    return found
      .map(keysOf)
      .reduce<Entry[]>(
        (all, keys) => all.flatMap((entry) => keys.map((key) => [...entry, key])),
        [[]],
      );
  }

  /** Two of its paths that lead to different lists of the document, which it cannot hold. */
  parallelListsOf(document: object): readonly [string, string] | undefined {
    return parallelLists(document, this.paths);
  }

  add(connection: SqliteConnection, entry: Entry, row: number): void {
    connection.run(this.#insert, ...entry, row);
  }

  remove(connection: SqliteConnection, entry: Entry, row: number): void {
    connection.run(this.#remove, ...entry, row);
  }

  /**
   * Notes at which paths a document holds a list or an object, for isOrdered. The note is an entry of a row that no
   * document has, so that it is written and undone with the document.
   */
  noteUnordered(connection: SqliteConnection, document: object, entries: readonly Entry[]): void {
    // A list of one value has the entry of that value, and an empty list that of null.
    if (
      entries.length < 2 &&
      entries[0]?.some((key) => key === NULL_KEY || isInexact(key)) !== true
    )
      return;
    for (const [at, path] of this.paths.entries()) {
      const values = valuesAt(document, path);
      if (values.length < 2 && !Array.isArray(values[0]) && !isRecord(values[0])) continue;
      connection.run(this.#note, ...this.#nulls(), noteOf(at));
    }
  }

  /**
   * Whether no document has, or once had, a list or an object at a path. A list has an entry for each value, of which a
   * filter may leave out the one it is sorted by; all objects have the same entry.
   */
  isOrdered(connection: SqliteConnection, path: string): boolean {
    const note = noteOf(this.paths.indexOf(path));
    return connection.first(this.#isNoted, ...this.#nulls(), note) === undefined;
  }

  #nulls(): IndexKey[] {
    return this.paths.map(() => NULL_KEY);
  }

  /** Rows of other documents with this entry. */
  others(connection: SqliteConnection, entry: Entry, row: number): number[] {
    return connection.all(this.#others, ...entry, row).map(({ doc }) => Number(doc));
  }

  /**
   * Whether two documents with a common entry really share their values: all objects have the same key, and values of
   * different entries of a list do not belong together.
   */
  sharesValues(a: object, b: object): boolean {
    const others = [...valueTuples(b, this.paths)];
    return valueTuples(a, this.paths).some((one) =>
      others.some((other) => one.every((value, at) => compareValues(value, other[at]) === 0)),
    );
  }
}

/** The field of the document that a path begins with. */
export const rootOf = (path: string): string => path.split('.', 1)[0] ?? path;

/** Those entries that are not among others. */
export function entriesBeyond(entries: readonly Entry[], others: readonly Entry[]): Entry[] {
  const known = new Set(others.map(signatureOf));
  return entries.filter((entry) => !known.has(signatureOf(entry)));
}

/** What an index keeps of a document. A file whose indexes keep something else has them made again. */
const CONTENT = 'unordered noted';

/** The shape as text, equal for equal indexes. */
export function describeIndex({ fields, unique = false, sparse = false }: IndexShape): string {
  return JSON.stringify({ fields: Object.entries(fields), unique, sparse, content: CONTENT });
}

const noteOf = (at: number): number => -1 - at;

/** The shape that describeIndex gave. */
export function readShape(description: string): IndexShape {
  const {
    fields,
    unique,
    sparse,
  }: { fields: [string, 1 | -1][]; unique: boolean; sparse: boolean } = JSON.parse(description);
  return { fields: Object.fromEntries(fields), unique, sparse };
}

function keysOf(values: readonly unknown[]): IndexKey[] {
  const [value] = values;
  if (values.length === 1 && !Array.isArray(value)) return [indexKey(value)];
  const keys = new Map<string, IndexKey>();
  for (const element of values.flatMap((one) => (Array.isArray(one) ? one : [one]))) {
    const key = indexKey(element);
    keys.set(signature(key), key);
  }
  return keys.size === 0 ? [NULL_KEY] : [...keys.values()];
}

const signatureOf = (entry: Entry): string => JSON.stringify(entry.map(signature));

function signature(key: IndexKey): string {
  if (typeof key === 'number') return `n${key}`;
  // As SQLite stores it: all lone surrogates become the same character.
  return typeof key === 'string'
    ? `t${key.toWellFormed()}`
    : `b${Buffer.from(key).toString('hex')}`;
}
