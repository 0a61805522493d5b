import { integerFault, parseWholeNumber } from '../common/whole-numbers.js';
import { invalidFieldsError } from './parse.js';

/** A query as Express parses it: a flat list of texts; a repeated one is a list. */
export type QueryString = Readonly<Record<string, unknown>>;

/** One value of a query string, or undefined if it is missing. A repeated one is refused. */
export function readText(query: QueryString, name: string, maxLength: number): string | undefined {
  const value = query[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string' && value.length <= maxLength) return value;
  throw invalidFieldsError([
    { field: name, message: `must be one text of at most ${maxLength} characters` },
  ]);
}

/** A whole number of a range from a query string, or undefined if it is missing. An empty one is refused. */
export function readWholeNumber(
  query: QueryString,
  name: string,
  low: number,
  high?: number,
): number | undefined {
  const value = query[name];
  if (value === undefined) return undefined;
  const number = parseWholeNumber(value, low, high);
  if (number !== undefined) return number;
  throw invalidFieldsError([{ field: name, message: integerFault(low, high) }]);
}

/** A whole number of at least 0 from a query string, or undefined if it is missing or empty. */
export const readCount = (query: QueryString, name: string): number | undefined =>
  query[name] === '' ? undefined : readWholeNumber(query, name, 0);

/** The `limit` of a list: an integer from 1 to the page's `max`, or its default if it is missing or empty. */
export const readLimit = (
  query: QueryString,
  page: { readonly max: number; readonly default: number },
  name = 'limit',
): number =>
  (query[name] === '' ? undefined : readWholeNumber(query, name, 1, page.max)) ?? page.default;
