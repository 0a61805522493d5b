import { DistinctPaths } from './distinct.paths.js';
import { equalities, type FilterNode } from './parse-filter.js';
import { InvalidQueryError } from './persistence.errors.js';
import { assertDocumentId } from './stored-value.js';

/**
 * An upsert must name the `_id` of its document; MongoDB would generate one of another type. As in MongoDB, the filter
 * names no field twice, because the document could then be made in two ways.
 */
export function assertUpsertable(filter: FilterNode): void {
  const fields = equalities(filter);
  const id = fields.find(([path]) => path === '_id');
  if (id === undefined) throw new InvalidQueryError('An upsert needs _id in its filter');
  assertDocumentId(id[1]);
  const given = new DistinctPaths();
  for (const [path] of fields) {
    const other = given.add(path);
    if (other === undefined) continue;
    throw new InvalidQueryError(`The filter of an upsert gives ${other} a value twice`);
  }
}
