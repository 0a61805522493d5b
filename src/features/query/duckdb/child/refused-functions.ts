import type { DuckDBConnection } from '@duckdb/node-api';
import { refused } from './statement-kinds.js';

/** Table functions that only compute, or describe the database's own tables. */
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

/** DuckDB treats more characters as spaces than JavaScript, such as the zero-width U+200B and U+2060. */
const SPACE = String.raw`[\s\p{Cc}\p{Cf}\p{Z}]`;
/** A comment after a name is unusual; this many are an attempt to make the check slow. */
const MAX_COMMENTED_NAMES = 100;

/**
 * Finds calls of table functions that reach beyond the database: files (even when locked, DuckDB lets SQL read its own
 * database and spill files), memory by address, logs, statements hidden in texts. Every function of the engine that is
 * not listed as harmless is refused, so a new version opens no new hole.
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

  /** @throws {EngineError} if the SQL calls one of them, even within a text, because texts can be executed too. */
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

/** The end of a comment; the end of the SQL if the comment is not closed. */
function endOfComment(sql: string, start: number): number {
  COMMENT_MARK.lastIndex = start;
  for (let depth = 0; ;) {
    const match = COMMENT_MARK.exec(sql);
    if (match === null) return sql.length;
    depth += match[0] === '/*' ? 1 : -1;
    if (depth === 0) return COMMENT_MARK.lastIndex;
  }
}
