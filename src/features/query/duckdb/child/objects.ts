import { DuckDBInstance, type DuckDBConnection, type DuckDBResult } from '@duckdb/node-api';
import { dirname } from 'node:path';
import type { SourceFile } from '../../query.engine.js';
import { bounds, IN_MEMORY, LOCKED, quoted, quotedName } from './database.js';
import type { ChildOptions } from './protocol.js';

const READERS = { csv: 'read_csv', json: 'read_json', parquet: 'read_parquet' } as const;

/**
 * Reads and writes files by a second DuckDB, which runs only our own SQL and can access only one folder. Rows pass
 * between the two in memory, so the database of the queries never has access to files.
 */
async function withFiles<T>(
  folder: string,
  options: ChildOptions,
  work: (files: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(IN_MEMORY);
  try {
    const connection = await instance.connect();
    const settings = [`allowed_directories = [${quoted(folder)}]`, ...bounds(options), ...LOCKED];
    for (const setting of settings) await connection.run(`SET ${setting}`);
    return await work(connection);
  } finally {
    instance.closeSync();
  }
}

/**
 * Makes each source a temporary table of the connection: other Commands do not see it, and it is dropped with the
 * connection.
 */
export async function loadSources(
  connection: DuckDBConnection,
  sources: readonly SourceFile[],
  options: ChildOptions,
): Promise<void> {
  for (const { name, format, file } of sources) {
    await withFiles(dirname(file), options, async (files) => {
      const result = await files.stream(`SELECT * FROM ${READERS[format]}(${quoted(file)})`);
      await connection.run(`CREATE TEMPORARY TABLE ${quotedName(name)} (${columnsOf(result)})`);
      await copyRows(result, connection, name);
    });
  }
}

/** Writes every row as Parquet. @returns the number of rows. */
export async function writeTarget(
  result: DuckDBResult,
  file: string,
  options: ChildOptions,
): Promise<number> {
  return withFiles(dirname(file), options, async (files) => {
    await files.run(`CREATE TEMPORARY TABLE answer (${columnsOf(result)})`);
    const rows = await copyRows(result, files, 'answer');
    await files.run(`COPY answer TO ${quoted(file)} (FORMAT parquet)`);
    return rows;
  });
}

async function copyRows(from: DuckDBResult, to: DuckDBConnection, table: string): Promise<number> {
  const appender = await to.createAppender(table, null, 'temp');
  let rows = 0;
  for (;;) {
    const chunk = await from.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) break;
    appender.appendDataChunk(chunk);
    rows += chunk.rowCount;
  }
  appender.closeSync();
  return rows;
}

const columnsOf = (result: DuckDBResult): string =>
  result
    .deduplicatedColumnNames()
    .map((name, index) => `${quotedName(name)} ${result.columnType(index).toString()}`)
    .join(', ');
