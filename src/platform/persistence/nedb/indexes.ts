import type { CollectionDefinition, Scalar } from '../document-collection.js';
import { fieldOf } from './paths.js';

type Definition = Pick<CollectionDefinition, 'indexes'>;

/** The paths that one value can be looked up by. */
export function indexedPaths({ indexes = [] }: Definition): ReadonlySet<string> {
  const single = indexes
    .map(({ fields }) => Object.keys(fields))
    .filter(({ length }) => length === 1);
  return new Set(['_id', ...single.flat()]);
}

/**
 * A query by one index that finds at least what the equalities find, or undefined.
 * Not for null, which in MongoDB finds documents without the field too.
 */
export function narrowed(
  equalities: readonly [path: string, value: Scalar][],
  indexed: ReadonlySet<string>,
): Record<string, Scalar> | undefined {
  const usable = equalities.filter(([path, value]) => indexed.has(path) && value !== null);
  const best = usable.find(([path]) => path === '_id') ?? usable[0];
  return best === undefined ? undefined : { [best[0]]: best[1] };
}

/** Whether an index that expires has given the document up. Only Dates expire, as in MongoDB. */
export function isExpired(document: unknown, { indexes = [] }: Definition): boolean {
  return indexes.some(({ fields, expireAfterSeconds }) => {
    if (expireAfterSeconds === undefined) return false;
    const at = fieldOf(document, Object.keys(fields)[0] ?? '');
    return at instanceof Date && at.getTime() + expireAfterSeconds * 1000 <= Date.now();
  });
}
