import { integerFault, parseWholeNumber } from '../../common/whole-numbers.js';
import { faultsOf, invalidFieldsError, isJsonObject } from '../../protocol/index.js';

/** A class to read from JSON: constructed without arguments, then assigned its fields. */
export interface InputClass<T extends object> {
  new (): T;
  /** Every field; others are dropped. */
  readonly fields: readonly (string & keyof T)[];
}

/**
 * Reads a JSON value as a validated class. Values of fields are not changed, so that validators see endless nesting and
 * keys like `__proto__` as they came.
 *
 * @throws ValidationFailedError naming each field that does not fit.
 */
export function readInput<T extends object>(type: InputClass<T>, value: unknown): T {
  if (!isJsonObject(value)) {
    throw invalidFieldsError([{ field: 'body', message: 'must be a JSON object' }]);
  }
  const given = type.fields.filter((name) => Object.hasOwn(value, name));
  const input = Object.assign(
    new type(),
    Object.fromEntries(given.map((name) => [name, value[name]])),
  );
  const faults = faultsOf(input);
  if (faults.length > 0) throw invalidFieldsError(faults);
  return input;
}

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

/** A whole number of at least 0 from a query string, or undefined if it is missing. */
export function readCount(query: QueryString, name: string): number | undefined {
  const text = readText(query, name, 16);
  if (text === undefined) return undefined;
  const count = parseWholeNumber(text, 0);
  if (count !== undefined) return count;
  throw invalidFieldsError([{ field: name, message: integerFault(0) }]);
}

/** The `limit` of a list: an integer from 1 to the page's `max`, or its default. */
export function readLimit(
  query: QueryString,
  page: { readonly max: number; readonly default: number },
  name = 'limit',
): number {
  const text = readText(query, name, 10);
  if (text === undefined) return page.default;
  const limit = parseWholeNumber(text, 1, page.max);
  if (limit !== undefined) return limit;
  throw invalidFieldsError([{ field: name, message: integerFault(1, page.max) }]);
}
