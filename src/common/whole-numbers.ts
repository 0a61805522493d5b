/** Whether a value is a whole number of a range, ends included. A text, a boxed number and a bigint are none. */
export const isWholeNumber = (
  value: unknown,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high;

/** Digits alone: `Number` would also read a sign, a point, an exponent, white space and hexadecimal digits. */
const DIGITS = /^\d{1,16}$/;

/** The whole number that a text writes in decimal digits, if it is one of the range; undefined for any other value. */
export function parseWholeNumber(
  text: unknown,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (typeof text !== 'string' || !DIGITS.test(text)) return undefined;
  const value = Number(text);
  return isWholeNumber(value, low, high) ? value : undefined;
}

/** The range in words, for what is said of other values. @param unit such as `seconds`. */
export const wholeNumberFrom = (low: number, high: number, unit?: string): string =>
  `a whole number ${unit === undefined ? '' : `of ${unit} `}from ${low} to ${high}`;

/** What is wrong with a field of a payload or a query that is no whole number of its range. */
export const integerFault = (low: number, high?: number): string =>
  `must be an integer from ${low} ${high === undefined ? 'on' : `to ${high}`}`;

/** An option that is no whole number of its range, in words; one that is not given is no fault. */
export function wholeNumberFaults(
  name: string,
  value: number | undefined,
  low: number,
  high: number,
): string[] {
  const given: unknown = value;
  return value === undefined || isWholeNumber(given, low, high)
    ? []
    : [`${name} is ${value}, must be ${wholeNumberFrom(low, high)}`];
}
