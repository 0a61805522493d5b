import type { Scalar } from '../document-collection.js';
import type { ElemMatch, FilterNode, Test } from '../parse-filter.js';
import { isIndex } from './evaluate/paths.js';
import { indexKey, isExactKey, keyRangeOfType, NULL_KEY, type IndexKey } from './index.key.js';

export interface Bound {
  readonly key: IndexKey;
  readonly inclusive: boolean;
}

/** A condition on the keys of one path that every matching document satisfies. */
export type Narrowing =
  | { readonly kind: 'points'; readonly keys: readonly IndexKey[] }
  | { readonly kind: 'range'; readonly from: Bound; readonly to: Bound }
  /** The path is there, whatever it holds. */
  | { readonly kind: 'present' };

export interface PathNarrowing {
  readonly path: string;
  readonly narrowing: Narrowing;
  /** Whether every document with such a key matches, so that it need not be checked again. */
  readonly exact: boolean;
}

/** The conditions on single paths that an index can help with; the filter may have others. */
export function narrowingsOf(node: FilterNode): PathNarrowing[] {
  if (node.kind === '$and') return node.parts.flatMap(narrowingsOf);
  if (node.kind === '$or') return hulls(node.parts.map(narrowingsOf));
  return node.tests.flatMap((test) => ofTest(node.path, test));
}

/** The number of tests in the filter, where each part that is not a plain test of a field adds one. */
export function testCount(node: FilterNode): number {
  if (node.kind === '$and') return node.parts.reduce((sum, part) => sum + testCount(part), 0);
  return node.kind === '$or' ? 1 : node.tests.length;
}

function ofTest(path: string, test: Test): PathNarrowing[] {
  const positional = path.split('.').some(isIndex);
  const one = (narrowing: Narrowing | undefined, exact: boolean): PathNarrowing[] => {
    // By a position, an index knows neither the objects without such a field nor which lists stand for their entries.
    if (narrowing === undefined || (positional && includesNull({ narrowing }))) return [];
    return [{ path, narrowing, exact: exact && !positional }];
  };
  switch (test.kind) {
    case '$eq':
      return one({ kind: 'points', keys: [indexKey(test.operand)] }, isExactKey(test.operand));
    case '$in': {
      const { operands } = test;
      return one({ kind: 'points', keys: operands.map(indexKey) }, operands.every(isExactKey));
    }
    case '$gt':
    case '$gte':
    case '$lt':
    case '$lte':
      return one(rangeOf(test.kind, test.operand), isExactKey(test.operand));
    case '$exists':
      return test.expected ? one({ kind: 'present' }, false) : [];
    case '$elemMatch':
      return ofElemMatch(path, test).map((inner) => ({ ...inner, exact: false }));
    case '$ne':
    case '$nin':
    case '$not':
    default:
      return [];
  }
}

function ofElemMatch(path: string, test: ElemMatch): PathNarrowing[] {
  if ('tests' in test) {
    // Lists within the list have no entries of their own in an index.
    return test.tests.flatMap((inner) => (inner.kind === '$elemMatch' ? [] : ofTest(path, inner)));
  }
  // An entry that is a list lacks every named field, and its positions count as fields: an index has neither.
  return narrowingsOf(test.filter)
    .filter((inner) => !isIndex(inner.path.split('.', 1)[0] ?? '') && !includesNull(inner))
    .map((inner) => ({ ...inner, path: `${path}.${inner.path}` }));
}

/** Whether documents without the path may satisfy the condition. */
export function includesNull({ narrowing }: Pick<PathNarrowing, 'narrowing'>): boolean {
  if (narrowing.kind === 'present') return false;
  // No key is lower than that of null, so a range that holds it starts there.
  const keys = narrowing.kind === 'range' ? [narrowing.from.key] : narrowing.keys;
  return keys.includes(NULL_KEY);
}

function rangeOf(kind: '$gt' | '$gte' | '$lt' | '$lte', operand: Scalar): Narrowing | undefined {
  if (operand === null) {
    return kind === '$gte' || kind === '$lte' ? { kind: 'points', keys: [NULL_KEY] } : undefined;
  }
  const type = keyRangeOfType(operand);
  const bound: Bound = { key: indexKey(operand), inclusive: kind === '$gte' || kind === '$lte' };
  return kind === '$gt' || kind === '$gte'
    ? { kind: 'range', from: bound, to: { key: type.to, inclusive: false } }
    : { kind: 'range', from: { key: type.from, inclusive: true }, to: bound };
}

/** The condition on a path that holds in every branch: the smallest range around all of them. */
function hulls(branches: readonly PathNarrowing[][]): PathNarrowing[] {
  const [first = []] = branches;
  const paths = new Set(first.map(({ path }) => path));
  return [...paths].flatMap((path): PathNarrowing[] => {
    const ranges = branches.map((branch) => rangeAround(branch, path));
    const known = ranges.filter((range) => range !== undefined);
    if (known.length < ranges.length) return [];
    const narrowing: Narrowing = {
      kind: 'range',
      from: known.map(({ from }) => from).reduce(lower),
      to: known.map(({ to }) => to).reduce(higher),
    };
    return [{ path, narrowing, exact: false }];
  });
}

function rangeAround(
  branch: readonly PathNarrowing[],
  path: string,
): { readonly from: Bound; readonly to: Bound } | undefined {
  for (const { path: other, narrowing } of branch) {
    if (other !== path || narrowing.kind === 'present') continue;
    if (narrowing.kind === 'range') return narrowing;
    const bounds = narrowing.keys.map((key): Bound => ({ key, inclusive: true }));
    if (bounds.length > 0) return { from: bounds.reduce(lower), to: bounds.reduce(higher) };
  }
  return undefined;
}

const lower = (a: Bound, b: Bound): Bound => further(a, b, compareKeys(a.key, b.key));
const higher = (a: Bound, b: Bound): Bound => further(a, b, compareKeys(b.key, a.key));

/** Of two bounds at one key the inclusive one goes further. */
function further(a: Bound, b: Bound, order: number): Bound {
  if (order === 0) return a.inclusive ? a : b;
  return order < 0 ? a : b;
}

/** SQLite's order. Texts go by their UTF-8 bytes. */
function compareKeys(a: IndexKey, b: IndexKey): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'number' || typeof b === 'number') return typeof a === 'number' ? -1 : 1;
  if (typeof a !== typeof b) return typeof a === 'string' ? -1 : 1;
  return Buffer.compare(bytesOf(a), bytesOf(b));
}

const bytesOf = (key: string | Uint8Array): Uint8Array =>
  typeof key === 'string' ? Buffer.from(key) : key;
