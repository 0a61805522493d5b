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

/** DuckDB takes more for a space than JavaScript, such as U+200B and U+2060, which have no width. */
const SPACE = String.raw`[\s\p{Cc}\p{Cf}\p{Z}]`;
/** One comment after a name is odd; so many are made to take long. */
const MAX_COMMENTED_NAMES = 100;

/**
 * Finds calls of table functions that reach beyond the database: files (DuckDB lets SQL read its own database file
 * and what it spilled, whatever is locked), memory by address, logs, statements hidden in texts. What the engine has
 * and this list does not know as harmless is refused, so a new version brings no new way out.
 */
export class RefusedFunctions {
  readonly #names: RegExp;

  private constructor(names: readonly string[]) {
    this.#names = new RegExp(String.raw`(?<!\w)(${names.join('|')})"?${SPACE}*(\(|/\*|--)`, 'giu');
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
    let commented = 0;
    for (const { 0: all, 1: name = '', 2: next = '', index } of sql.matchAll(this.#names)) {
      if (next !== '(') {
        commented += 1;
        const end = index + all.length - next.length;
        if (commented <= MAX_COMMENTED_NAMES && !isCalledAt(sql, end)) continue;
      }
      throw refused(`the function ${name.toLowerCase()} is refused`);
    }
  }
}

const isHarmless = (name: string): boolean =>
  HARMLESS.includes(name) || (/^(duckdb|pragma)_/.test(name) && !name.includes('secret'));

const SPACES = new RegExp(`${SPACE}*`, 'uy');
const COMMENT_MARK = /\/\*|\*\//g;

/** Whether a bracket follows, after spaces and comments, which may be nested. */
function isCalledAt(sql: string, start: number): boolean {
  for (let at = start; ;) {
    SPACES.lastIndex = at;
    at += SPACES.exec(sql)?.[0].length ?? 0;
    if (sql.startsWith('--', at)) at = (sql.indexOf('\n', at) + 1 || sql.length + 1) - 1;
    else if (sql.startsWith('/*', at)) at = endOfComment(sql, at);
    else return sql[at] === '(';
  }
}

/** The end of the text where it is not closed. */
function endOfComment(sql: string, start: number): number {
  COMMENT_MARK.lastIndex = start;
  for (let depth = 0; ;) {
    const match = COMMENT_MARK.exec(sql);
    if (match === null) return sql.length;
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_MARK.lastIndex;
  }
}
