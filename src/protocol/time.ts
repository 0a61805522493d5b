import { MAX_TIME_LENGTH } from './protocol.constants.js';

const TIME =
  /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(?:Z|([+-])(\d\d):?(\d\d))$/;

let lastMs = 0;
let microsOfLastMs = 0;

/**
 * The time now, as `2026-01-26T10:30:45.123000+00:00`. Calls within one millisecond get increasing microseconds, so
 * that the times of one process sort in order.
 */
export function utcNow(): string {
  const ms = Date.now();
  microsOfLastMs = ms === lastMs ? Math.min(microsOfLastMs + 1, 999) : 0;
  lastMs = ms;
  return format(ms, String(microsOfLastMs).padStart(3, '0'));
}

/** Whether `value` is an ISO 8601 time with `Z` or an offset, and a real date. */
export function isTime(value: unknown): value is string {
  return typeof value === 'string' && normalizeTime(value) !== undefined;
}

/**
 * The same moment in UTC with six decimal places of a second, so that texts sort as times. Further digits are cut.
 * `undefined` if `text` is not a time with `Z` or an offset.
 *
 * @example
 * normalizeTime('2026-01-26T11:30:45.5+01:00'); // '2026-01-26T10:30:45.500000+00:00'
 */
export function normalizeTime(text: string): string | undefined {
  if (text.length > MAX_TIME_LENGTH) return undefined;
  const match = TIME.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, sign, offHour, offMinute] = match;
  const numbers = [year, month, day, hour, minute, second ?? 0].map(Number);
  const [y = 0, mo = 0, d = 0, h = 0, mi = 0, s = 0] = numbers;
  if (h > 23 || mi > 59 || s > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(y, mo - 1, d);
  if (date.getUTCMonth() !== mo - 1 || date.getUTCDate() !== d) return undefined;
  const offset = offsetMinutes(sign, Number(offHour ?? 0), Number(offMinute ?? 0));
  if (offset === undefined) return undefined;
  const micros = (fraction ?? '').slice(0, 6).padEnd(6, '0');
  date.setUTCHours(h, mi - offset, s, Number(micros.slice(0, 3)));
  const utcYear = date.getUTCFullYear();
  return utcYear < 1 || utcYear > 9999 ? undefined : format(date.getTime(), micros.slice(3));
}

function offsetMinutes(sign: string | undefined, hours: number, minutes: number) {
  if (hours > 23 || minutes > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (hours * 60 + minutes);
}

function format(ms: number, micros: string): string {
  return `${new Date(ms).toISOString().slice(0, -1)}${micros}+00:00`;
}
