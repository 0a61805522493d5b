import type { DuckDBConnection } from '@duckdb/node-api';
import { isObject } from '../../../../common/objects.js';
import { NO_LINEAGE, type Lineage, type TableReference } from '../../query.engine.js';
import { namedTables } from './named-tables.js';
import { writtenTable } from '../../written-table.js';
import { withoutHidden } from '../../split-statements.js';

/** Positions tried in one statement to find the SELECT within it. */
const MAX_ATTEMPTS = 8;

/**
 * The tables a statement reads and writes. The inputs come from DuckDB's own parser, which only parses SELECTs; for a
 * CREATE or an INSERT the SELECT within it is parsed. For other statements there are no inputs.
 */
export async function lineageOf(connection: DuckDBConnection, sql: string): Promise<Lineage> {
  const written = writtenTable(sql);
  if (written === undefined) {
    const tree = await parsed(connection, sql);
    return tree === undefined ? NO_LINEAGE : { inputs: namedTables(tree), outputs: [] };
  }
  return {
    inputs: await selectWithin(connection, sql.slice(written.end)),
    outputs: [written.table],
  };
}

/** Merges several statements: a table that one wrote and a later one read is no input. */
export function combined(parts: readonly Lineage[]): Lineage {
  const inputs = new Map<string, TableReference>();
  const outputs = new Map<string, TableReference>();
  for (const part of parts) {
    for (const input of part.inputs) {
      const key = keyOf(input);
      if (!outputs.has(key)) inputs.set(key, input);
    }
    for (const output of part.outputs) outputs.set(keyOf(output), output);
  }
  return { inputs: [...inputs.values()], outputs: [...outputs.values()] };
}

const keyOf = (reference: TableReference): string => JSON.stringify(reference).toLowerCase();

async function selectWithin(
  connection: DuckDBConnection,
  sql: string,
): Promise<readonly TableReference[]> {
  const starts = [...withoutHidden(sql).matchAll(/\b(?:select|with|from|values)\b/gi)];
  for (const { index } of starts.slice(0, MAX_ATTEMPTS)) {
    const tree = await parsed(connection, sql.slice(index));
    if (tree !== undefined) return namedTables(tree);
  }
  return [];
}

async function parsed(connection: DuckDBConnection, sql: string): Promise<unknown> {
  const reader = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)::VARCHAR', [
    sql,
  ]);
  const text = reader.value(0, 0);
  const tree: unknown = typeof text === 'string' ? JSON.parse(text) : undefined;
  const failed = !isObject(tree) || Reflect.get(tree, 'error') === true;
  return failed ? undefined : tree;
}
