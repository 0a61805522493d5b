import { isJsonObject } from '../../common/objects.js';
import type { Scalar } from './document-collection.js';
import { MAX_DOCUMENT_DEPTH, MAX_IN_VALUES } from './persistence.constants.js';
import { InvalidQueryError } from './persistence.errors.js';
import { assertSafeKey } from './safe-keys.js';
import { isScalar, storedScalar } from './stored-value.js';

export type Comparison = '$eq' | '$ne' | '$gt' | '$gte' | '$lt' | '$lte';

/** One operator and its operand. */
export type Test =
  | { readonly kind: Comparison; readonly operand: Scalar }
  | { readonly kind: '$in' | '$nin'; readonly operands: readonly Scalar[] }
  | { readonly kind: '$exists'; readonly expected: boolean }
  | { readonly kind: '$not'; readonly tests: readonly Test[] }
  | ElemMatch;

/** One entry of a list matches all of it. */
export type ElemMatch =
  | { readonly kind: '$elemMatch'; readonly tests: readonly Test[] }
  | { readonly kind: '$elemMatch'; readonly filter: FilterNode };

/** A parsed filter. */
export type FilterNode =
  | { readonly kind: '$and'; readonly parts: readonly FilterNode[] }
  | { readonly kind: '$or'; readonly parts: readonly FilterNode[] }
  | { readonly kind: 'field'; readonly path: string; readonly tests: readonly Test[] };

const COMPARISONS: ReadonlySet<string> = new Set(['$eq', '$ne', '$gt', '$gte', '$lt', '$lte']);

/**
 * Parses a filter and refuses one outside the documented subset, so that all stores can evaluate it and no value from
 * outside acts as an operator.
 *
 * @throws {InvalidQueryError} or {UnsafeKeyError}
 */
export function parseFilter(filter: unknown): FilterNode {
  return filterAt(filter, 1);
}

function filterAt(filter: unknown, depth: number): FilterNode {
  const parts = entriesOf(filter, 'A filter').map(([key, condition]): FilterNode => {
    if (key === '$and' || key === '$or')
      return { kind: key, parts: partsOf(key, condition, depth) };
    assertPath(key);
    return { kind: 'field', path: key, tests: testsOf(condition, key, depth) };
  });
  return { kind: '$and', parts };
}

/**
 * @throws {UnsafeKeyError} when a part of the path is no plain key.
 * @throws {InvalidQueryError} when it leads deeper than a document may be.
 */
export function assertPath(path: string): void {
  const parts = path.split('.');
  if (parts.length > MAX_DOCUMENT_DEPTH) {
    throw new InvalidQueryError(
      `A path leads through at most ${MAX_DOCUMENT_DEPTH} fields, not ${parts.length}`,
    );
  }
  for (const part of parts) assertSafeKey(part, 'path');
}

/** The fields that a filter requires to equal one value, without those in `$or`. */
export function equalities(node: FilterNode): [path: string, value: Scalar][] {
  if (node.kind === '$and') return node.parts.flatMap(equalities);
  if (node.kind === '$or') return [];
  return node.tests.flatMap((test) =>
    test.kind === '$eq' ? [[node.path, test.operand] satisfies [string, Scalar]] : [],
  );
}

function partsOf(key: string, condition: unknown, depth: number): FilterNode[] {
  if (!Array.isArray(condition) || condition.length === 0) {
    throw new InvalidQueryError(`${key} needs a list of filters`);
  }
  return condition.map((part) => filterAt(part, deeper(depth)));
}

/** @throws {InvalidQueryError} beyond the depth at which MongoDB refuses a filter too. */
function deeper(depth: number): number {
  if (depth < MAX_DOCUMENT_DEPTH) return depth + 1;
  throw new InvalidQueryError(`A filter has at most ${MAX_DOCUMENT_DEPTH} levels`);
}

function testsOf(condition: unknown, path: string, depth: number): Test[] {
  if (isScalar(condition)) return [{ kind: '$eq', operand: storedScalar(condition) }];
  return operatorsOf(condition, path, depth);
}

function operatorsOf(condition: unknown, path: string, depth: number): Test[] {
  const entries = entriesOf(condition, `The condition on ${path}`);
  if (entries.length === 0) throw new InvalidQueryError(`The condition on ${path} is empty`);
  return entries.map(([operator, operand]) => testOf(operator, operand, path, depth));
}

function testOf(operator: string, operand: unknown, path: string, depth: number): Test {
  if (isComparison(operator)) return { kind: operator, operand: scalarOf(operand, path) };
  switch (operator) {
    case '$in':
    case '$nin':
      return { kind: operator, operands: scalarsOf(operand, path) };
    case '$not':
      return { kind: operator, tests: operatorsOf(operand, path, deeper(depth)) };
    case '$elemMatch':
      return elemMatchOf(operand, path, deeper(depth));
    case '$exists':
      if (typeof operand === 'boolean') return { kind: operator, expected: operand };
      throw new InvalidQueryError('$exists needs true or false');
    default: {
      const what = operator.startsWith('$') ? 'operator' : 'field within a condition';
      throw new InvalidQueryError(`No such ${what} on ${path}: ${operator.slice(0, 60)}`);
    }
  }
}

/** What `$pull` removes: entries equal to a value, or those that match operators or a filter. */
export type EntryTest = { readonly kind: '$eq'; readonly operand: Scalar } | ElemMatch;

/**
 * The entries that `$pull` removes from the list at `path`.
 *
 * @throws {InvalidQueryError} or {UnsafeKeyError}
 */
export function parseEntryTest(operand: unknown, path: string): EntryTest {
  if (isScalar(operand)) return { kind: '$eq', operand: storedScalar(operand) };
  return elemMatchOf(operand, path, 1);
}

function elemMatchOf(operand: unknown, path: string, depth: number): ElemMatch {
  const keys = entriesOf(operand, `$elemMatch on ${path}`).map(([key]) => key);
  const byField = keys.every((key) => !key.startsWith('$') || key === '$and' || key === '$or');
  return byField
    ? { kind: '$elemMatch', filter: filterAt(operand, depth) }
    : { kind: '$elemMatch', tests: operatorsOf(operand, path, depth) };
}

function isComparison(operator: string): operator is Comparison {
  return COMPARISONS.has(operator);
}

function scalarsOf(operand: unknown, path: string): Scalar[] {
  if (!Array.isArray(operand)) throw new InvalidQueryError(`A list is needed on ${path}`);
  if (operand.length > MAX_IN_VALUES) {
    throw new InvalidQueryError(`At most ${MAX_IN_VALUES} values can be asked for on ${path}`);
  }
  return operand.map((value: unknown) => scalarOf(value, path));
}

function scalarOf(value: unknown, path: string): Scalar {
  if (isScalar(value)) return storedScalar(value);
  throw new InvalidQueryError(`${path} can only be compared with a single value`);
}

function entriesOf(value: unknown, what: string): [string, unknown][] {
  if (!isJsonObject(value)) {
    throw new InvalidQueryError(`${what} must be an object`);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  // Regular expressions and other classes would be queries themselves.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new InvalidQueryError(`${what} must be a plain object`);
  }
  return Object.entries(value);
}
