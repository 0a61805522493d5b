import { EngineError } from '../../query.errors.js';
import { NO_LINEAGE, type Lineage } from '../../query.engine.js';
import type { ChildFailure } from './protocol.js';

const CLASS = /^((?:[A-Z][A-Za-z]+ )+Error|INTERRUPT Error|FATAL Error|INTERNAL Error): (.*)$/;

/** The engine's errors when the whole database in memory has become unusable. */
const BROKEN = /^(FATAL|INTERNAL) Error|database has been invalidated/;

const NEWER_FILE = /^(Serialization|IO) Error: .*version number/;

/** Whether the process must be restarted before it can run another query. */
export const isBroken = (error: unknown): boolean => BROKEN.test(textOf(error));

/** The failure of a DuckDB error: its first line, without the SQL that follows. */
export function failureOf(error: unknown, lineage: Lineage = NO_LINEAGE): ChildFailure {
  if (error instanceof EngineError) {
    const { message, reason, retryable } = error;
    return { message, reason, retryable, interrupted: false, lineage };
  }
  const text = textOf(error);
  const [, reason = 'Error'] = CLASS.exec(text) ?? [];
  if (NEWER_FILE.test(text)) {
    const message = `the database file was written by a newer DuckDB than this one reads. Write it with the version this service has (for dbt: pip install duckdb==1.5.6)`;
    return { message, reason, retryable: false, interrupted: false, lineage };
  }
  return {
    message: text,
    reason,
    retryable: isRetryable(text),
    interrupted: text.startsWith('INTERRUPT Error'),
    lineage,
  };
}

const isRetryable = (text: string): boolean =>
  // Another process has the file open, the disk is full, or two Commands changed the same rows.
  /Could not set lock on file|No space left on device/.test(text) ||
  text.startsWith('TransactionContext Error') ||
  /^Transaction Error: .*[Cc]onflict/.test(text);

function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  if (text === 'Error in native callback') return 'the SQL has no statement';
  const [line = ''] = text.replace(/^Failed to (extract statements|[a-z ]+): /, '').split('\n');
  return line;
}
