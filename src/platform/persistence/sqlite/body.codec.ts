import { isObject } from '../../../common/objects.js';
import { isRecord } from './evaluate/paths.js';

// No key of a document may start with $, so no other value looks like a Date.
const DATE_KEY = '$date';
const DATE_MARK = `{"${DATE_KEY}":`;

/** A document as the text of its row: JSON, with a Date as `{"$date": epoch milliseconds}`. */
export function encodeBody(document: object): string {
  return JSON.stringify(withMarkedDates(document));
}

/** The document of a row. */
export function decodeBody<T>(body: string): T {
  const parsed: unknown = JSON.parse(body);
  // A quote within a text is escaped, so this mark only occurs for Dates.
  if (body.includes(DATE_MARK)) restoreDates(parsed);
  // Rows are written by encodeBody only.
  return parsed as T;
}

/** Returns the same value if it has no Date, so that most documents are not copied. */
function withMarkedDates(value: unknown): unknown {
  if (!isObject(value)) return value;
  if (value instanceof Date) return { [DATE_KEY]: value.getTime() };
  if (Array.isArray(value)) {
    let copy: unknown[] | undefined;
    for (const [index, entry] of value.entries()) {
      const marked = withMarkedDates(entry);
      if (marked !== entry) (copy ??= [...value])[index] = marked;
    }
    return copy ?? value;
  }
  if (!isRecord(value)) return value;
  let copy: Record<string, unknown> | undefined;
  for (const key of Object.keys(value)) {
    const field = value[key];
    const marked = withMarkedDates(field);
    if (marked !== field) (copy ??= { ...value })[key] = marked;
  }
  return copy ?? value;
}

function restoreDates(value: unknown): void {
  if (!isObject(value)) return;
  if (Array.isArray(value)) {
    for (const [index, entry] of value.entries()) {
      const date = dateOf(entry);
      if (date === undefined) restoreDates(entry);
      else value[index] = date;
    }
    return;
  }
  if (!isRecord(value)) return;
  for (const [key, field] of Object.entries(value)) {
    const date = dateOf(field);
    if (date === undefined) restoreDates(field);
    else value[key] = date;
  }
}

function dateOf(value: unknown): Date | undefined {
  if (!isRecord(value)) return undefined;
  const time = value[DATE_KEY];
  return typeof time === 'number' ? new Date(time) : undefined;
}
