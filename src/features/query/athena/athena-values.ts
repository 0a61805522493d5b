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
  if (type === 'timestamp') return text.replace(' ', 'T');
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

/** Trino writes the name of a zone behind the time. One that is not UTC stays as it is. */
const zoned = (text: string): string =>
  text.replace(
    /^(\S+) (\S+) (UTC|[+-]\d\d:\d\d)$/,
    (_, day: string, time: string, zone: string) =>
      `${day}T${time}${zone === 'UTC' ? '+00:00' : zone}`,
  );
