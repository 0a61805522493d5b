import type { DuckDBPreparedStatement } from '@duckdb/node-api';
import type { Parameters, ParameterValue } from '../../query.engine.js';
import { refused } from './statement-kinds.js';

/**
 * Binds the parameters of a statement. Whole numbers become integers, so that `LIMIT ?` and keys work.
 *
 * @throws {EngineError} naming missing or surplus parameters; nothing has run then.
 */
export function bind(statement: DuckDBPreparedStatement, parameters: Parameters): void {
  const names = Array.from({ length: statement.parameterCount }, (_, index) =>
    statement.parameterName(index + 1),
  );
  const values = new Map<string, ParameterValue>(
    Array.isArray(parameters)
      ? parameters.map((value: ParameterValue, index) => [String(index + 1), value])
      : Object.entries(parameters),
  );
  const missing = names.filter((name) => !values.has(name));
  const surplus = [...values.keys()].filter((name) => !names.includes(name));
  if (missing.length > 0) throw refused(`parameters has no value for ${listed(missing)}`);
  if (surplus.length > 0) {
    throw refused(`parameters has values that the statement does not ask for: ${listed(surplus)}`);
  }
  names.forEach((name, index) => bindOne(statement, index + 1, values.get(name) ?? null));
}

function bindOne(statement: DuckDBPreparedStatement, index: number, value: ParameterValue): void {
  if (value === null) statement.bindNull(index);
  else if (typeof value === 'string') statement.bindVarchar(index, value);
  else if (typeof value === 'boolean') statement.bindBoolean(index, value);
  else if (Number.isSafeInteger(value)) statement.bindBigInt(index, BigInt(value));
  else statement.bindDouble(index, value);
}

const listed = (names: readonly string[]): string =>
  names
    .slice(0, 20)
    .map((name) => `$${name}`)
    .join(', ');
