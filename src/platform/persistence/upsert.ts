import { equalities, type FilterNode } from './parse-filter.js';
import { InvalidQueryError } from './persistence.errors.js';
import { assertDocumentId } from './stored-value.js';

/** An upsert must name the `_id` of its document; MongoDB would generate one of another type. */
export function assertUpsertable(filter: FilterNode): void {
  const id = equalities(filter).find(([path]) => path === '_id');
  if (id === undefined) throw new InvalidQueryError('An upsert needs _id in its filter');
  assertDocumentId(id[1]);
}
