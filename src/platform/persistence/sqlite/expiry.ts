import type { CollectionDefinition, Filter } from '../document-collection.js';
import { valuesAt } from './evaluate/paths.js';

/** When documents of a collection expire, by one of its indexes. */
export interface Expiry {
  readonly path: string;
  readonly afterMs: number;
}

/** Whether a document has expired by a TTL index. Only Dates expire, as in MongoDB. */
export function isExpired(document: unknown, expiries: readonly Expiry[]): boolean {
  return expiries.some(({ path, afterMs }) =>
    valuesAt(document, path)
      .flat()
      .some((at) => at instanceof Date && at.getTime() + afterMs <= Date.now()),
  );
}

/** Filters that find expired documents, one for each TTL index. */
export function expiredFilters(expiries: readonly Expiry[]): Filter<{ _id: string }>[] {
  return expiries.flatMap(({ path, afterMs }) => {
    const latest = new Date(Date.now() - afterMs);
    // A longer time than a Date can go back: nothing has expired.
    return Number.isNaN(latest.getTime()) ? [] : [{ [path]: { $lte: latest } }];
  });
}

export function expiriesOf({ indexes = [] }: Pick<CollectionDefinition, 'indexes'>): Expiry[] {
  return indexes.flatMap(({ fields, expireAfterSeconds }) => {
    const [path] = Object.keys(fields);
    if (expireAfterSeconds === undefined || path === undefined) return [];
    return [{ path, afterMs: expireAfterSeconds * 1000 }];
  });
}
