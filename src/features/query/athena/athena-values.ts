import type { JsonValue } from '../query.engine.js';

const WHOLE = new Set(['tinyint', 'smallint', 'int', 'integer', 'bigint']);
const FLOATING = new Set(['float', 'real', 'double']);
const HEX = /^([0-9a-f]{2}( |$))*$/;

/**
 * Converts a value of Athena, which returns all values as text, to the form that DuckDB's values have in a Result.
 *
 * @param type the type in ColumnInfo, such as `bigint` or `timestamp with time zone`.
 */
export function athenaValue(type: string, text: string | undefined): JsonValue {
  if (text === undefined) return null;
  if (type === 'boolean') return text === 'true';
  if (WHOLE.has(type)) return wholeNumber(text);
  if (FLOATING.has(type)) return floating(text);
  if (type === 'time') return withoutZeros(text);
  if (type === 'timestamp') return withoutZeros(text).replace(' ', 'T');
  if (type === 'timestamp with time zone') return zoned(text);
  if (type === 'varbinary' && HEX.test(text)) {
    return Buffer.from(text.replaceAll(' ', ''), 'hex').toString('base64');
  }
  return text;
}

function wholeNumber(text: string): JsonValue {
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : text;
}

function floating(text: string): JsonValue {
  const value = Number(text);
  return Number.isFinite(value) ? value : text;
}

/** Athena always writes milliseconds, DuckDB only if they are not zero. */
const withoutZeros = (time: string): string =>
  time.replace(/\.\d+$/, (fraction) => fraction.replace(/\.?0+$/, ''));

const ZONED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? (UTC|[+-]\d\d:\d\d)$/;

/** Converts to UTC, as in DuckDB. Trino appends a time zone; a time with a named zone is left unchanged. */
function zoned(text: string): string {
  const [, day, time, fraction = '', zone = ''] = ZONED.exec(text) ?? [];
  if (day === undefined) return text;
  const instant = new Date(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  if (Number.isNaN(instant.getTime())) return text;
  return `${withoutZeros(`${instant.toISOString().slice(0, 19)}${fraction}`)}+00:00`;
}
