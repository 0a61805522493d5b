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
 * Refuses statements other than queries and changes of data: configuration, other databases and files, transactions.
 * The engine refuses most of these too; a kind that is not listed here never runs.
 *
 * @throws {EngineError}
 */
export function refuseOthers(sql: string, type: StatementType, readOnly: boolean): void {
  if (type === StatementType.TRANSACTION) {
    throw refused('BEGIN, COMMIT and ROLLBACK are refused: a Command is a transaction of its own');
  }
  if (type === StatementType.EXPLAIN && /\banaly[sz]e\b/i.test(sql)) {
    throw refused('EXPLAIN ANALYZE is refused: it runs the statement');
  }
  if (READING.has(type)) return;
  const word = StatementType[type] ?? 'this';
  if (!WRITING.has(type)) throw refused(`statements of the kind ${word} are refused`);
  if (readOnly) throw refused(`statements of the kind ${word} are refused under DUCKDB_READ_ONLY`);
}

export const refused = (message: string): EngineError =>
  new EngineError(message, { reason: 'Refused' });
