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
  for (const [at, [path]] of fields.entries()) {
    const other = fields
      .slice(at + 1)
      .find(([later]) => `${later}.`.startsWith(`${path}.`) || path.startsWith(`${later}.`));
    if (other !== undefined) {
      throw new InvalidQueryError(`The filter of an upsert gives ${path} a value twice`);
    }
  }
}
