/** Whether a value is a whole number within a range, ends included. Texts, boxed numbers and bigints do not count. */
export const isWholeNumber = (
  value: unknown,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= low && value <= high;

/** Digits alone: `Number` would also read a sign, a point, an exponent, white space and hexadecimal digits. */
const DIGITS = /^\d{1,16}$/;

/** The whole number that a text contains in decimal digits, if it is in the range; otherwise undefined. */
export function parseWholeNumber(
  text: unknown,
  low: number,
  high: number = Number.MAX_SAFE_INTEGER,
): number | undefined {
  if (typeof text !== 'string' || !DIGITS.test(text)) return undefined;
  const value = Number(text);
  return isWholeNumber(value, low, high) ? value : undefined;
}

/** The range as a text, for errors. @param unit such as `seconds`. */
export const wholeNumberFrom = (low: number, high: number, unit?: string): string =>
  `a whole number ${unit === undefined ? '' : `of ${unit} `}from ${low} to ${high}`;

/** The fault of a field that is no whole number in its range. */
export const integerFault = (low: number, high?: number): string =>
  `must be an integer from ${low} ${high === undefined ? 'on' : `to ${high}`}`;

/** A fault if an option is no whole number in its range; none if it is absent. */
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
