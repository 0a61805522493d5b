import type { DuckDBConnection } from '@duckdb/node-api';
import { refused } from './statement-kinds.js';

/** Table functions that only compute, or tell of the database's own tables. */
const HARMLESS = [
  'generate_series',
  'icu_calendar_names',
  'json_each',
  'json_tree',
  'pg_timezone_names',
  'range',
  'repeat',
  'repeat_row',
  'sql_auto_complete',
  'summary',
  'test_all_types',
  'unnest',
];

/** Whitespace and comments, which may stand before the arguments. */
const GAP = String.raw`"?(?:\s|/\*[\s\S]*?\*/|--[^\n]*\n)*\(`;

/**
 * Finds calls of table functions that reach beyond the database: files (DuckDB lets SQL read its own database file
 * and what it spilled, whatever is locked), memory by address, logs, statements hidden in texts. What the engine has
 * and this list does not know as harmless is refused, so a new version brings no new way out.
 */
export class RefusedFunctions {
  readonly #calls: RegExp;

  private constructor(names: readonly string[]) {
    this.#calls = new RegExp(String.raw`(?<!\w)(${names.join('|')})${GAP}`, 'i');
  }

  static async of(connection: DuckDBConnection): Promise<RefusedFunctions> {
    const reader = await connection.runAndReadAll(
      "SELECT DISTINCT function_name FROM duckdb_functions() WHERE function_type = 'table'",
    );
    const names = reader
      .getRows()
      .map(([name]) => String(name))
      .filter((name) => /^\w+$/.test(name) && !isHarmless(name));
    return new RefusedFunctions(names);
  }

  /** @throws {EngineError} when the SQL calls one of them, be it in a text: what a text holds may be run as well. */
  check(sql: string): void {
    const name = this.#calls.exec(sql)?.[1];
    if (name !== undefined) throw refused(`the function ${name.toLowerCase()} is refused`);
  }
}

const isHarmless = (name: string): boolean =>
  HARMLESS.includes(name) || (/^(duckdb|pragma)_/.test(name) && !name.includes('secret'));
