import { PermanentError, RetryableError, type WeftError } from '../../../transport/errors/index.js';
import { MAX_ERROR_LINES } from '../transform.constants.js';
import type { DbtNodeResult } from './artifacts.js';
import { messageOf } from './dbt-log.js';
import type { ProgramEnd } from './run-program.js';

const LOCKED = /Could not set lock on file/;
const NEWER_FILE = /version number \d+.*can only read|newer version of DuckDB/i;
const FAILED: ReadonlySet<string> = new Set(['error', 'fail', 'runtime error']);

/** The error of a failed dbt run: its return code, and at most ten lines of reasons. */
export function dbtFailure(end: ProgramEnd, results: readonly DbtNodeResult[]): WeftError {
  const lines = reasonsOf(end, results);
  const ended = end.code === null ? `signal ${end.signal}` : `return code ${end.code}`;
  const text = [`dbt command failed with ${ended}`, ...lines].join('\n');
  if (isSaid(LOCKED, end, lines)) return new RetryableError(text);
  if (isSaid(NEWER_FILE, end, lines)) {
    return new PermanentError(
      `${text}\nThe database file and dbt's DuckDB differ in version: pin duckdb to the version of the service (pip install duckdb==1.5.6)`,
    );
  }
  return new PermanentError(text);
}

function reasonsOf({ stdout, stderr }: ProgramEnd, results: readonly DbtNodeResult[]): string[] {
  const nodes = results
    .filter(({ status }) => FAILED.has(status))
    .flatMap(({ id, message }) => `${id}: ${message ?? 'failed'}`.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (nodes.length > 0) return nodes.slice(0, MAX_ERROR_LINES);
  const errors = stderr.last(MAX_ERROR_LINES);
  const lines = errors.length > 0 ? errors : stdout.last(MAX_ERROR_LINES).map(messageOf);
  return lines
    .flatMap((line) => line.split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .slice(-MAX_ERROR_LINES);
}

const isSaid = (pattern: RegExp, { stdout, stderr }: ProgramEnd, lines: string[]): boolean =>
  lines.some((line) => pattern.test(line)) || stdout.includes(pattern) || stderr.includes(pattern);
