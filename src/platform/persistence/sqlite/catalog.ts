import type { CollectionDefinition } from '../document-collection.js';
import { IndexError } from '../persistence.errors.js';
import { decodeBody } from './body.codec.js';
import type { SqliteConnection } from './sqlite.connection.js';
import { documentsTable } from './table.js';
import { describeIndex, readShape, TableIndex, type IndexShape } from './table.index.js';

/** Creates the tables that list collections and indexes. Call it within a transaction. */
export function createCatalog(connection: SqliteConnection): void {
  connection.execute(
    'CREATE TABLE IF NOT EXISTS weft_indexes (name TEXT PRIMARY KEY, collection TEXT NOT NULL, description TEXT NOT NULL)',
  );
  connection.execute('CREATE TABLE IF NOT EXISTS weft_migrated (file TEXT PRIMARY KEY)');
}

/** Creates a collection's table if it is missing. Call it within a transaction. */
export function createDocuments(connection: SqliteConnection, collection: string): void {
  connection.execute(
    `CREATE TABLE IF NOT EXISTS ${documentsTable(collection)} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, body TEXT NOT NULL)`,
  );
}

/** Every index the file has for a collection. All of them must be kept up to date, whichever process declared them. */
export function indexesOf(connection: SqliteConnection, collection: string): TableIndex[] {
  return connection
    .all('SELECT description FROM weft_indexes WHERE collection = ?', collection)
    .map(({ description }) => new TableIndex(collection, readShape(String(description))));
}

/**
 * Creates the declared indexes of a collection and drops others. Call it within a transaction.
 *
 * @throws {IndexError} when a value of a unique index occurs twice, or two fields of one index hold lists.
 */
export function declareIndexes(
  connection: SqliteConnection,
  { name: collection, indexes = [] }: Pick<CollectionDefinition, 'name' | 'indexes'>,
): void {
  const declared = new Map(indexes.map((shape) => [describeIndex(shape), shape]));
  const known = connection.all(
    'SELECT name, description FROM weft_indexes WHERE collection = ?',
    collection,
  );
  for (const { name, description } of known) {
    if (declared.delete(String(description))) continue;
    connection.execute(`DROP TABLE "${String(name)}"`);
    connection.run('DELETE FROM weft_indexes WHERE name = ?', String(name));
  }
  for (const [description, shape] of declared) {
    const index = build(connection, collection, shape);
    const sql = 'INSERT INTO weft_indexes (name, collection, description) VALUES (?, ?, ?)';
    connection.run(sql, index.name, collection, description);
  }
}

function build(connection: SqliteConnection, collection: string, shape: IndexShape): TableIndex {
  const index = new TableIndex(collection, shape);
  index.create(connection, shape);
  const bodyOf = `SELECT body FROM ${documentsTable(collection)} WHERE seq = ?`;
  const shares = (document: object, other: number): boolean => {
    const found = connection.first(bodyOf, other);
    return found !== undefined && index.sharesValues(document, decodeBody(String(found['body'])));
  };
  for (const { seq, body } of connection.iterate(
    `SELECT seq, body FROM ${documentsTable(collection)}`,
  )) {
    const row = Number(seq);
    const document = decodeBody<object>(String(body));
    const lists = index.parallelListsOf(document);
    if (lists !== undefined) {
      const reason = `${lists.join(' and ')} both hold lists in a document. Change or delete it, or declare an index for each of them`;
      throw new IndexError(collection, index.paths, reason);
    }
    const entries = index.entriesOf(document);
    index.noteUnordered(connection, document, entries);
    for (const entry of entries) {
      if (
        index.unique &&
        index.others(connection, entry, row).some((other) => shares(document, other))
      ) {
        const reason =
          'two documents have the same value. Change or delete one of them, or declare the index without unique';
        throw new IndexError(collection, index.paths, reason);
      }
      index.add(connection, entry, row);
    }
  }
  return index;
}

/** Drops the indexes of a collection whose documents were written without them; its next declaration makes them. */
export function dropIndexes(connection: SqliteConnection, collection: string): void {
  declareIndexes(connection, { name: collection });
}
