import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { readdir, rename } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StoreCorruptError } from '../persistence.errors.js';
import { isScalar, storedScalar } from '../stored-value.js';
import { encodeBody } from './body.codec.js';
import { createDocuments, dropIndexes } from './catalog.js';
import { isRecord } from './evaluate/paths.js';
import type { SqliteConnection } from './sqlite.connection.js';
import { documentsTable } from './table.js';
import type { WriteQueue } from './write.queue.js';

const NEDB_FILE = /^([a-z][a-z0-9_-]{0,63})\.db(~?)$/;
const BLOCK_BYTES = 256 * 1024;
const NEWLINE = 0x0a;

/**
 * Migrates the files of nedb, the former store: one for each collection, with a line for each change. A migrated file
 * is renamed to `*.db.migrated`.
 *
 * @throws {StoreCorruptError} when a line before the last cannot be read. Nothing is changed then.
 */
export async function migrateNedb(
  folder: string,
  connection: SqliteConnection,
  writes: WriteQueue,
): Promise<void> {
  for (const file of await nedbFiles(folder)) {
    await takeOver(file, connection, writes);
    await rename(file, unused(`${file}.migrated`)).catch((error: NodeJS.ErrnoException) => {
      // Another process has done so.
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** A name that would overwrite no file, such as that of an earlier migration. */
function unused(name: string): string {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? name : `${name}.${number}`;
    if (!existsSync(candidate)) return candidate;
  }
}

async function nedbFiles(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => NEDB_FILE.test(name));
  // A file ending in `~` is one that nedb was rewriting; it counts if the old one is already deleted.
  const usable = names.filter((name) => !name.endsWith('~') || !names.includes(name.slice(0, -1)));
  return usable.map((name) => join(folder, name));
}

/**
 * In one transaction, so that it happens completely or not at all, and only once if several processes start. An
 * earlier version of Weft that was started again since has left a new file, which is taken over as well.
 */
async function takeOver(
  file: string,
  connection: SqliteConnection,
  writes: WriteQueue,
): Promise<void> {
  const collection = NEDB_FILE.exec(basename(file))?.[1] ?? '';
  await writes.runAlone(() => {
    const written = statSync(file, { throwIfNoEntry: false });
    if (written === undefined) return;
    const name = `${basename(file)} of ${written.size} bytes and ${written.mtimeMs}`;
    if (connection.first('SELECT 1 FROM weft_migrated WHERE file = ?', name) !== undefined) return;
    createDocuments(connection, collection);
    dropIndexes(connection, collection);
    for (const change of changesIn(file)) apply(connection, collection, change);
    connection.run('INSERT INTO weft_migrated (file) VALUES (?)', name);
  });
}

/** The changes in the file. A truncated last line was never acknowledged. */
function* changesIn(file: string): Iterable<unknown> {
  let number = 0;
  let damaged: number | undefined;
  for (const line of linesOf(file)) {
    number++;
    if (damaged !== undefined) throw damagedError(file, damaged);
    if (line === '') continue;
    try {
      yield JSON.parse(line);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      damaged = number;
    }
  }
}

/** Read synchronously in blocks, because the transaction must not wait for anything. */
function* linesOf(file: string): Iterable<string> {
  const descriptor = openSync(file, 'r');
  try {
    const block = Buffer.alloc(BLOCK_BYTES);
    let parts: Buffer[] = [];
    for (let size = readSync(descriptor, block); size > 0; size = readSync(descriptor, block)) {
      let start = 0;
      for (
        let end = block.indexOf(NEWLINE);
        end >= 0 && end < size;
        end = block.indexOf(NEWLINE, start)
      ) {
        yield Buffer.concat([...parts, block.subarray(start, end)]).toString();
        parts = [];
        start = end + 1;
      }
      parts.push(Buffer.from(block.subarray(start, size)));
    }
    yield Buffer.concat(parts).toString();
  } finally {
    closeSync(descriptor);
  }
}

/** https://github.com/seald/nedb: `$$deleted` and `$$indexCreated` are its marks, `$$date` its Dates. */
function apply(connection: SqliteConnection, collection: string, line: unknown): void {
  if (!isRecord(line) || typeof line['_id'] !== 'string') return;
  const { _id: id } = line;
  const table = documentsTable(collection);
  if (line['$$deleted'] === true) {
    connection.run(`DELETE FROM ${table} WHERE id = ?`, id);
    return;
  }
  connection.run(
    `INSERT INTO ${table} (id, body) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`,
    id,
    encodeBody(restored(line) as object),
  );
}

function restored(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(restored);
  // As every store keeps them: nedb kept lone surrogates, which a filter no longer has.
  if (isScalar(value)) return storedScalar(value);
  if (!isRecord(value)) return value;
  const { $$date: date } = value;
  if (typeof date === 'number') return new Date(date);
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, restored(field)]));
}

function damagedError(file: string, line: number): StoreCorruptError {
  return new StoreCorruptError(
    `${file}, written by an earlier version of Weft, is damaged in line ${line} and cannot be migrated. Restore a backup, or move the file away to start without its documents`,
  );
}
