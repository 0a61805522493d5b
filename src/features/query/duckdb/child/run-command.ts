import type { DuckDBConnection, DuckDBPreparedStatement } from '@duckdb/node-api';
import {
  type Lineage,
  type QueryAnswer,
  type QueryRequest,
  type ScriptRequest,
} from '../../query.engine.js';
import { RECORDS } from './database.js';
import { combined, lineageOf } from './lineage.js';
import { loadSources, writeTarget } from './objects.js';
import { bind } from './parameters.js';
import type { ChildOptions } from './protocol.js';
import { readRows } from './rows.js';
import { blockComments, splitStatements } from '../../split-statements.js';
import type { CommandContext } from './command-context.js';
import { isReading, refused, refuseOthers } from './statement-kinds.js';

/** Facts known before a Command failed, for its error Result. */
export interface Progress {
  lineage: Lineage;
}

/**
 * Runs one statement in a transaction that also records its effect, so that after a crash there are both or neither.
 */
export async function runQuery(
  connection: DuckDBConnection,
  request: QueryRequest,
  context: CommandContext,
  progress: Progress,
): Promise<QueryAnswer> {
  const { sql, parameters, sources, key } = request;
  const { options } = context;
  refuseManyComments(sql);
  context.functions.check(sql);
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw refused(
      `execute accepts one statement, and this has ${statements.count}. Use execute_script`,
    );
  }
  progress.lineage = await lineageOf(connection, sql);
  return inTransaction(connection, async () => {
    await loadSources(connection, sources, options);
    const statement = await statements.prepare(0);
    refuseOthers(sql, statement.statementType, options.readOnly);
    bind(statement, parameters);
    const { lineage } = progress;
    if (isReading(statement.statementType)) {
      return { ...(await read(statement, request, options)), lineage };
    }
    if (request.targetFile !== undefined) throw refused('target takes the rows of a SELECT alone');
    return once(connection, key, async () => ({ ...(await change(statement, request)), lineage }));
  });
}

/** Runs all statements of a script, or none. */
export async function runScript(
  connection: DuckDBConnection,
  { sql, key }: ScriptRequest,
  context: CommandContext,
  progress: Progress,
): Promise<QueryAnswer> {
  refuseManyComments(sql);
  context.functions.check(sql);
  const statements = await connection.extractStatements(sql);
  const texts = splitStatements(sql);
  const parts: Lineage[] = [];
  const run = async (): Promise<QueryAnswer> => {
    for (let index = 0; index < statements.count; index++) {
      const statement = await statements.prepare(index);
      refuseOthers(sql, statement.statementType, context.options.readOnly);
      // If the numbers differ, statements and lineage cannot be matched.
      if (texts.length === statements.count) {
        parts.push(await lineageOf(connection, texts[index] ?? ''));
        progress.lineage = combined(parts);
      }
      bind(statement, []);
      await statement.run();
    }
    return { columns: [], rows: [], rowCount: 0, truncated: false, lineage: progress.lineage };
  };
  return inTransaction(connection, () =>
    context.options.readOnly ? run() : once(connection, key, run),
  );
}

/**
 * The time of DuckDB's parser grows with the square of their number, and it cannot be interrupted: 16 000 comments, 64
 * KB, take most of a minute.
 */
function refuseManyComments(sql: string): void {
  const count = blockComments(sql);
  if (count <= MAX_COMMENTS) return;
  throw refused(
    `${count} comments between /* and */ are refused, at most ${MAX_COMMENTS} are allowed`,
  );
}

const MAX_COMMENTS = 1000;

type Rows = Omit<QueryAnswer, 'lineage'>;

/** Streams, so that rows beyond the answer are never computed. */
async function read(
  statement: DuckDBPreparedStatement,
  { maxRows, targetFile }: QueryRequest,
  options: ChildOptions,
): Promise<Rows> {
  const result = await statement.stream();
  const columns = result.columnNames();
  if (targetFile !== undefined) {
    const rowCount = await writeTarget(result, targetFile, options);
    return { columns, rows: [], rowCount, truncated: false };
  }
  const { rows, truncated } = await readRows(result, maxRows);
  return { columns, rows, rowCount: rows.length, truncated };
}

/** Runs to its end, however many rows are read, so that no effect is cut short. */
async function change(
  statement: DuckDBPreparedStatement,
  { maxRows }: QueryRequest,
): Promise<Rows> {
  const result = await statement.run();
  const { rows, truncated } = await readRows(result, maxRows);
  return { columns: result.columnNames(), rows, rowCount: rows.length, truncated };
}

async function inTransaction<T>(connection: DuckDBConnection, work: () => Promise<T>): Promise<T> {
  await connection.run('BEGIN TRANSACTION');
  try {
    const value = await work();
    await connection.run('COMMIT');
    return value;
  } catch (error) {
    // If COMMIT itself has failed, there is nothing to roll back.
    await connection.run('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** Runs a statement with an effect, unless it is recorded as done. */
async function once(
  connection: DuckDBConnection,
  key: string,
  work: () => Promise<QueryAnswer>,
): Promise<QueryAnswer> {
  const found = await connection.runAndReadAll(`SELECT answer FROM ${RECORDS} WHERE key = $1`, [
    key,
  ]);
  const text = found.currentRowCount > 0 ? found.value(0, 0) : undefined;
  if (typeof text === 'string') return JSON.parse(text) as QueryAnswer;
  const answer = await work();
  await connection.run(`INSERT INTO ${RECORDS} VALUES ($1, $2, now()::TIMESTAMP)`, [
    key,
    JSON.stringify(answer),
  ]);
  return answer;
}
