import type { CollectionDefinition, Filter } from '../document-collection.js';
import { valuesAt } from './evaluate/paths.js';

type Definition = Pick<CollectionDefinition, 'indexes'>;

/** Whether an index that expires has given the document up. Only Dates expire, as in MongoDB. */
export function isExpired(document: unknown, definition: Definition): boolean {
  return expiries(definition).some(({ path, afterMs }) =>
    valuesAt(document, path)
      .flat()
      .some((at) => at instanceof Date && at.getTime() + afterMs <= Date.now()),
  );
}

/** Filters that find what has expired, one for each index that expires. */
export function expiredFilters(definition: Definition): Filter<{ _id: string }>[] {
  return expiries(definition).map(({ path, afterMs }) => ({
    [path]: { $lte: new Date(Date.now() - afterMs) },
  }));
}

function expiries({ indexes = [] }: Definition): { path: string; afterMs: number }[] {
  return indexes.flatMap(({ fields, expireAfterSeconds }) => {
    const [path] = Object.keys(fields);
    if (expireAfterSeconds === undefined || path === undefined) return [];
    return [{ path, afterMs: expireAfterSeconds * 1000 }];
  });
}
