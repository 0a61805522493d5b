import type { SQLInputValue } from 'node:sqlite';
import type { Sort } from '../document-collection.js';
import type { FilterNode } from '../parse-filter.js';
import { MAX_PREFILTER_VALUES } from '../persistence.constants.js';
import { idNarrowing } from './id.narrowing.js';
import {
  includesNull,
  narrowingsOf,
  testCount,
  type Narrowing,
  type PathNarrowing,
} from './narrowing.js';
import { prefilters, type Prefilter } from './prefilter.js';
import type { TableIndex } from './table.index.js';

/** The part of a query that SQLite answers. It finds a superset, unless it is exact. */
export interface Plan {
  /** From FROM on, up to ORDER BY. */
  readonly from: string;
  readonly orderBy: string;
  readonly values: readonly SQLInputValue[];
  /** Rows come in the order asked for. */
  readonly sorted: boolean;
  /** A document may come more than once. */
  readonly repeats: boolean;
  /** Every row fits the filter. */
  readonly exact: boolean;
}

interface Use {
  readonly index: TableIndex | undefined;
  /** By column of the index; the last one may be a range. */
  readonly narrowings: readonly PathNarrowing[];
  readonly sorted: boolean;
  readonly score: number;
}

/**
 * Chooses the best index and writes the query in SQL.
 *
 * @param isOrdered whether an index has every document at its place by a path.
 */
export function planOf(
  documents: string,
  indexes: readonly TableIndex[],
  filter: FilterNode,
  sort: Sort,
  isOrdered: (index: TableIndex, path: string) => boolean,
): Plan {
  const narrowings = narrowingsOf(filter).map(idNarrowing);
  const orders = (index: TableIndex): boolean =>
    Object.keys(sort).every(
      (path) => path === '_id' || (index.paths.includes(path) && isOrdered(index, path)),
    );
  const candidates = [
    byId(narrowings, sort),
    ...indexes.map((index) => byIndex(index, narrowings, sort, orders)),
  ];
  const best = candidates.reduce((a, b) => (b.score > a.score ? b : a));
  return best.index === undefined
    ? planOverDocuments(documents, best, filter, sort)
    : planOverIndex(documents, best.index, best, filter, sort);
}

function planOverDocuments(documents: string, use: Use, filter: FilterNode, sort: Sort): Plan {
  const conditions = use.narrowings.map(({ narrowing }) => condition('d.id', narrowing));
  const rest = bounded(prefilters(filter, new Set(['_id'])));
  return {
    from: `FROM ${documents} d${where([...conditions, ...rest].map(({ sql }) => sql))}`,
    orderBy: use.sorted ? orderBy(sort, () => 'd.id') : '',
    values: [...conditions, ...rest].flatMap(({ values }) => values),
    sorted: use.sorted,
    repeats: false,
    exact: isExact(use, filter),
  };
}

function planOverIndex(
  documents: string,
  index: TableIndex,
  use: Use,
  filter: FilterNode,
  sort: Sort,
): Plan {
  const column = (path: string): string =>
    path === '_id' ? 'd.id' : `i.k${index.paths.indexOf(path)}`;
  const conditions = use.narrowings.map(({ path, narrowing }) =>
    condition(column(path), narrowing),
  );
  const rest = bounded(prefilters(filter, new Set(use.narrowings.map(({ path }) => path))));
  return {
    from: `FROM ${index.table} i CROSS JOIN ${documents} d ON d.seq = i.doc${where([...conditions, ...rest].map(({ sql }) => sql))}`,
    orderBy: use.sorted ? orderBy(sort, column) : '',
    values: [...conditions, ...rest].flatMap(({ values }) => values),
    sorted: use.sorted,
    repeats: true,
    exact: isExact(use, filter),
  };
}

/** Uses the rows themselves, by id or in sequence. */
function byId(narrowings: readonly PathNarrowing[], sort: Sort): Use {
  const best = bestOf(narrowings.filter(({ path }) => path === '_id'));
  const fields = Object.keys(sort);
  const sorted = fields.length === 0 || (fields.length === 1 && fields[0] === '_id');
  const score = best === undefined ? 0 : best.narrowing.kind === 'points' ? 1000 : 20;
  return {
    index: undefined,
    narrowings: best === undefined ? [] : [best],
    sorted,
    score: score + (sorted ? 1 : 0),
  };
}

function byIndex(
  index: TableIndex,
  narrowings: readonly PathNarrowing[],
  sort: Sort,
  orders: (index: TableIndex) => boolean,
): Use {
  const used: PathNarrowing[] = [];
  for (const path of index.paths) {
    const best = bestOf(narrowings.filter((one) => one.path === path && usable(one, index)));
    if (best === undefined) break;
    used.push(best);
    if (best.narrowing.kind !== 'points') break;
  }
  const fields = Object.keys(sort);
  const reachable = !index.sparse || used.length > 0;
  const sorted = reachable && orders(index);
  if (!reachable || (used.length === 0 && (!sorted || fields.length === 0))) {
    return { index, narrowings: [], sorted: false, score: -1 };
  }
  const points = used.filter(({ narrowing }) => narrowing.kind === 'points').length;
  const ranges = used.filter(({ narrowing }) => narrowing.kind === 'range').length;
  const present = used.length - points - ranges;
  const whole = index.unique && points === index.paths.length;
  const ordered = sorted && fields.length > 0;
  return {
    index,
    narrowings: used,
    sorted,
    score: (whole ? 500 : 0) + points * 30 + ranges * 10 + present * 2 + (ordered ? 5 : 0),
  };
}

/** A sparse index lacks documents without the field, which a condition on null must find. */
function usable(one: PathNarrowing, { sparse }: TableIndex): boolean {
  if (one.narrowing.kind === 'present') return sparse;
  return !sparse || !includesNull(one);
}

/**
 * One alone: a list may fit two ranges by two of its entries, so that no entry lies in both.
 */
function bestOf(narrowings: readonly PathNarrowing[]): PathNarrowing | undefined {
  return narrowings.toSorted((a, b) => rank(b) - rank(a))[0];
}

function rank({ narrowing }: PathNarrowing): number {
  if (narrowing.kind === 'points') return narrowing.keys.length <= 1 ? 3 : 2;
  return narrowing.kind === 'range' ? 1 : 0;
}

function isExact({ narrowings }: Use, filter: FilterNode): boolean {
  return narrowings.length === testCount(filter) && narrowings.every(({ exact }) => exact);
}

function condition(column: string, narrowing: Narrowing): Prefilter {
  if (narrowing.kind === 'present') return { sql: 'TRUE', values: [] };
  if (narrowing.kind === 'points') {
    const { keys } = narrowing;
    if (keys.length === 1) return { sql: `${column} = ?`, values: keys };
    return { sql: `${column} IN (${keys.map(() => '?').join(', ')})`, values: keys };
  }
  const { from, to } = narrowing;
  return {
    sql: `${column} ${from.inclusive ? '>=' : '>'} ? AND ${column} ${to.inclusive ? '<=' : '<'} ?`,
    values: [from.key, to.key],
  };
}

/** As many conditions as SQLite takes values for; those left out are only for speed. */
function bounded(conditions: readonly Prefilter[]): Prefilter[] {
  let values = 0;
  return conditions.filter((one) => (values += one.values.length) <= MAX_PREFILTER_VALUES);
}

const where = (conditions: readonly string[]): string =>
  conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;

function orderBy(sort: Sort, column: (path: string) => string): string {
  const terms = Object.entries(sort).map(
    ([path, direction]) => `${column(path)}${direction === -1 ? ' DESC' : ''}`,
  );
  return terms.length === 0 ? '' : ` ORDER BY ${terms.join(', ')}`;
}
