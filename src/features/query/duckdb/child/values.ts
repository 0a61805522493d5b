import {
  DuckDBArrayValue,
  DuckDBBlobValue,
  DuckDBGeometryValue,
  DuckDBListValue,
  DuckDBMapValue,
  DuckDBStructValue,
  DuckDBTimestampMillisecondsValue,
  DuckDBTimestampNanosecondsValue,
  DuckDBTimestampSecondsValue,
  DuckDBTimestampTZValue,
  DuckDBTimestampValue,
  DuckDBUnionValue,
  DuckDBVariantValue,
  type DuckDBValue,
} from '@duckdb/node-api';
import type { JsonValue } from '../../query.engine.js';

const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);

/**
 * Converts a value for a Result: whole numbers become numbers up to 2^53 − 1 and texts beyond, types without JSON
 * (DECIMAL, UUID, INTERVAL, NaN, …) texts, dates and times ISO 8601, bytes base64; lists and structs stay.
 */
export function toJson(value: DuckDBValue): JsonValue {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'bigint') {
    return value <= MAX_SAFE && value >= -MAX_SAFE ? Number(value) : value.toString();
  }
  if (value instanceof DuckDBListValue || value instanceof DuckDBArrayValue) {
    return value.items.map(toJson);
  }
  if (value instanceof DuckDBStructValue) return fields(Object.entries(value.entries));
  if (value instanceof DuckDBMapValue) {
    return value.entries.map((entry) => ({ key: toJson(entry.key), value: toJson(entry.value) }));
  }
  if (value instanceof DuckDBUnionValue) return fields([[value.tag, value.value]]);
  if (value instanceof DuckDBVariantValue) return toJson(value.value);
  if (value instanceof DuckDBBlobValue || value instanceof DuckDBGeometryValue) {
    return Buffer.from(value.bytes).toString('base64');
  }
  // DuckDB's own text uses the machine's time zone.
  if (value instanceof DuckDBTimestampTZValue) {
    const text = isoTime(new DuckDBTimestampValue(value.micros));
    return text.includes('T') ? `${text}+00:00` : text;
  }
  if (isTimestamp(value)) return isoTime(value);
  return String(value);
}

/** Creates own fields, even for a key `__proto__`. */
const fields = (entries: [string, DuckDBValue][]): JsonValue =>
  Object.fromEntries(entries.map(([name, value]) => [name, toJson(value)]));

const isTimestamp = (value: DuckDBValue): boolean =>
  value instanceof DuckDBTimestampValue ||
  value instanceof DuckDBTimestampSecondsValue ||
  value instanceof DuckDBTimestampMillisecondsValue ||
  value instanceof DuckDBTimestampNanosecondsValue;

/** `infinity` is left unchanged. */
const isoTime = (value: DuckDBValue): string => String(value).replace(/ (?=\d\d:\d\d:\d\d)/, 'T');
