import { DistinctPaths } from './distinct.paths.js';
import type { FindOptions, Projection, Sort } from './document-collection.js';
import { assertPath } from './parse-filter.js';
import { InvalidQueryError } from './persistence.errors.js';

/**
 * Refuses options that the stores would read in different ways.
 *
 * @throws {InvalidQueryError} or {UnsafeKeyError}
 */
export function assertFindOptions({ sort, limit, skip, projection }: FindOptions): void {
  assertCount('limit', limit);
  assertCount('skip', skip);
  assertSort(sort);
  assertProjection(projection);
}

/** @throws {InvalidQueryError} or {UnsafeKeyError} */
export function assertProjection(projection: Projection = {}): void {
  const { _id: id, ...fields } = projection;
  if (id === 0) throw new InvalidQueryError('A projection cannot leave out _id');
  const named = new DistinctPaths();
  for (const path of Object.keys(fields)) {
    assertPath(path);
    const other = named.add(path);
    if (other === undefined) continue;
    const outer = other.length < path.length ? other : path;
    throw new InvalidQueryError(`A projection names ${outer} and a field within it`);
  }
  const kept = new Set<unknown>(Object.values(projection));
  if (kept.size > 1 || [...kept].some((value) => value !== 0 && value !== 1)) {
    throw new InvalidQueryError('A projection keeps fields (1) or leaves them out (0), not both');
  }
}

function assertSort(sort: Sort = {}): void {
  for (const [path, direction] of Object.entries<unknown>(sort)) {
    assertPath(path);
    if (direction === 1 || direction === -1) continue;
    throw new InvalidQueryError(`A sort by ${path} goes up (1) or down (-1)`);
  }
}

function assertCount(name: string, count: number | undefined): void {
  if (count === undefined || (Number.isSafeInteger(count) && count >= 0)) return;
  throw new InvalidQueryError(`A ${name} is a whole number from 0 up, not ${count}`);
}
