import { StatementType } from '@duckdb/node-api';
import { EngineError } from '../../query.errors.js';

const READING: ReadonlySet<StatementType> = new Set([StatementType.SELECT, StatementType.EXPLAIN]);

const WRITING: ReadonlySet<StatementType> = new Set([
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.MERGE_INTO,
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.ALTER,
  StatementType.DROP,
]);

export const isReading = (type: StatementType): boolean => READING.has(type);

/**
 * Refuses what is no query and no change of data: configuration, other databases and files, transactions.
 * The engine refuses most of it as well; what is not listed here is not run at all.
 *
 * @throws {EngineError}
 */
export function refuseOthers(type: StatementType, readOnly: boolean): void {
  if (type === StatementType.TRANSACTION) {
    throw refused('BEGIN, COMMIT and ROLLBACK are refused: a Command is a transaction of its own');
  }
  if (READING.has(type)) return;
  const word = StatementType[type] ?? 'this';
  if (!WRITING.has(type)) throw refused(`statements of the kind ${word} are refused`);
  if (readOnly) throw refused(`statements of the kind ${word} are refused under DUCKDB_READ_ONLY`);
}

/** Functions that change the process instead of answering, or that hide what they run. */
const REFUSED_FUNCTIONS =
  /\b(enable_logging|disable_logging|truncate_duckdb_logs|force_checkpoint|checkpoint)\b"?\s*\(|(?<![\w.])"?\b(query|query_table)\b"?\s*\(/i;

/** @throws {EngineError} when the SQL calls one of them, or says their names as if it did. */
export function refuseFunctions(sql: string): void {
  const found = REFUSED_FUNCTIONS.exec(sql);
  const name = found?.[1] ?? found?.[2];
  if (name !== undefined) throw refused(`the function ${name} is refused`);
}

export const refused = (message: string): EngineError =>
  new EngineError(message, { reason: 'Refused' });
