import {
  GetQueryResultsCommand,
  type AthenaClient,
  type ColumnInfo,
  type Row,
} from '@aws-sdk/client-athena';
import { MAX_ROWS_BYTES } from '../query.constants.js';
import type { JsonValue } from '../query.engine.js';
import { athenaValue } from './athena-values.js';

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_GetQueryResults.html */
const MAX_PAGE = 1000;

interface AthenaRows {
  readonly columns: string[];
  readonly rows: JsonValue[][];
  readonly truncated: boolean;
}

/**
 * Reads the rows of a successful query, page by page, up to `maxRows` or 4 MiB of JSON.
 *
 * @param hasHeader whether the first row contains the column names, as for a SELECT.
 */
export async function readAthenaRows(
  client: AthenaClient,
  executionId: string,
  { maxRows, hasHeader }: { maxRows: number; hasHeader: boolean },
  signal: AbortSignal,
): Promise<AthenaRows> {
  const rows: JsonValue[][] = [];
  let columns: ColumnInfo[] = [];
  let bytes = 0;
  let token: string | undefined;
  let isFirst = true;
  do {
    const page = await client.send(
      new GetQueryResultsCommand({
        QueryExecutionId: executionId,
        MaxResults: Math.min(MAX_PAGE, maxRows - rows.length + 2),
        ...(token !== undefined && { NextToken: token }),
      }),
      { abortSignal: signal },
    );
    columns = page.ResultSet?.ResultSetMetadata?.ColumnInfo ?? columns;
    const given = page.ResultSet?.Rows ?? [];
    const data = isFirst && isHeader(given[0], columns, hasHeader) ? given.slice(1) : given;
    isFirst = false;
    for (const { Data: cells = [] } of data) {
      if (rows.length === maxRows) return { columns: namesOf(columns), rows, truncated: true };
      const row = columns.map(({ Type: type = '' }, index) =>
        athenaValue(type, cells[index]?.VarCharValue),
      );
      bytes += Buffer.byteLength(JSON.stringify(row)) + 1;
      if (bytes > MAX_ROWS_BYTES) return { columns: namesOf(columns), rows, truncated: true };
      rows.push(row);
    }
    token = page.NextToken;
  } while (token !== undefined);
  return { columns: namesOf(columns), rows, truncated: false };
}

const isHeader = (row: Row | undefined, columns: ColumnInfo[], expected: boolean): boolean =>
  expected &&
  row !== undefined &&
  columns.every(({ Name: name }, index) => row.Data?.[index]?.VarCharValue === name);

const namesOf = (columns: ColumnInfo[]): string[] => columns.map(({ Name: name }) => name ?? '');
