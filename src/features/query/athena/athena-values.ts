import type { JsonValue } from '../query.engine.js';

const WHOLE = new Set(['tinyint', 'smallint', 'int', 'integer', 'bigint']);
const FLOATING = new Set(['float', 'real', 'double']);
const HEX = /^([0-9a-f]{2}( |$))*$/;

/**
 * A value of Athena, which gives all of them as text, as it stands in a Result: like the same value of DuckDB.
 *
 * @param type as ColumnInfo names it, such as `bigint` or `timestamp with time zone`.
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

/** Athena writes a second in thousandths, DuckDB as it is. */
const withoutZeros = (time: string): string =>
  time.replace(/\.\d+$/, (fraction) => fraction.replace(/\.?0+$/, ''));

const ZONED = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(\.\d+)? (UTC|[+-]\d\d:\d\d)$/;

/** In UTC, as DuckDB gives it. Trino writes a zone behind the time; one that has a name stays as it is. */
function zoned(text: string): string {
  const [, day, time, fraction = '', zone = ''] = ZONED.exec(text) ?? [];
  if (day === undefined) return text;
  const instant = new Date(`${day}T${time}${zone === 'UTC' ? 'Z' : zone}`);
  if (Number.isNaN(instant.getTime())) return text;
  return `${withoutZeros(`${instant.toISOString().slice(0, 19)}${fraction}`)}+00:00`;
}
