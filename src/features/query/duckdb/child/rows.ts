import type { DuckDBResult } from '@duckdb/node-api';
import { MAX_ROWS_BYTES } from '../../query.constants.js';
import type { JsonValue } from '../../query.engine.js';
import { toJson } from './values.js';

interface ReadRows {
  readonly rows: JsonValue[][];
  readonly truncated: boolean;
}

/** Reads rows up to `maxRows` or 4 MiB of JSON; further rows are not fetched. */
export async function readRows(result: DuckDBResult, maxRows: number): Promise<ReadRows> {
  const rows: JsonValue[][] = [];
  let bytes = 0;
  for (;;) {
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk.rowCount === 0) return { rows, truncated: false };
    for (let index = 0; index < chunk.rowCount; index++) {
      if (rows.length === maxRows) return { rows, truncated: true };
      const row = chunk.getRowValues(index).map(toJson);
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes > MAX_ROWS_BYTES) return { rows, truncated: true };
      rows.push(row);
    }
  }
}
