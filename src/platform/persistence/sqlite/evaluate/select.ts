import type { FindOptions, Projection, Sort } from '../../document-collection.js';
import { compareValues } from './compare.js';
import { fieldOf, isRecord, valuesAt } from './paths.js';

/** Documents kept beyond the requested number before the last in order are dropped. */
const SLACK = 1000;

/**
 * Takes documents one by one and keeps those that `sort`, `skip` and `limit` select. With a limit it holds few more,
 * however many documents there are.
 */
export class Selection<T> {
  readonly #order: ((a: T, b: T) => number) | undefined;
  readonly #skip: number;
  readonly #end: number;
  #kept: T[] = [];

  /** @param sorted whether documents come in the order of `sort`. */
  constructor({ sort, skip = 0, limit }: FindOptions, sorted: boolean) {
    this.#order = sort === undefined || sorted ? undefined : order(sort);
    this.#skip = skip;
    this.#end = limit === undefined ? Number.POSITIVE_INFINITY : skip + limit;
  }

  add(document: T): void {
    this.#kept.push(document);
    if (this.#order !== undefined && this.#kept.length >= this.#end + SLACK) this.#trim();
  }

  /** Whether no other document can change the selection. */
  get isComplete(): boolean {
    return this.#order === undefined && this.#kept.length >= this.#end;
  }

  documents(): T[] {
    this.#trim();
    return this.#kept.slice(this.#skip);
  }

  #trim(): void {
    if (this.#order !== undefined) this.#kept = this.#kept.toSorted(this.#order);
    if (this.#kept.length > this.#end) this.#kept = this.#kept.slice(0, this.#end);
  }
}

function order(sort: Sort): (a: unknown, b: unknown) => number {
  const fields = Object.entries(sort);
  return (a, b) => {
    for (const [path, direction] of fields) {
      const difference = compareKeys(key(a, path, direction), key(b, path, direction));
      if (difference !== 0) return difference * direction;
    }
    return 0;
  };
}

/**
 * MongoDB sorts a list by its smallest entry in ascending order, and by its largest in descending order. Undefined is
 * the key of an empty list.
 */
function key(document: unknown, path: string, direction: 1 | -1): unknown {
  const found = valuesAt(document, path);
  if (found.length === 1 && Array.isArray(found[0]) && found[0].length === 0) return undefined;
  const values = found.flatMap((value) => (Array.isArray(value) ? value : [value]));
  if (values.length < 2) return values[0] ?? null;
  return values.toSorted((a, b) => compareValues(a, b) * direction)[0];
}

/** An empty list sorts before null and missing. */
function compareKeys(a: unknown, b: unknown): number {
  if (a !== undefined && b !== undefined) return compareValues(a, b);
  return Number(b === undefined) - Number(a === undefined);
}

/** The document with the fields of a projection. */
export function projected<T extends { _id: string }>(document: T, projection: Projection = {}): T {
  const paths = Object.keys(projection).filter((path) => path !== '_id');
  if (paths.length === 0) return idOnly(document, projection);
  const tree = treeOf(paths);
  const { _id: id } = document;
  const kept = projection[paths[0] ?? ''] === 1 ? only(document, tree) : without(document, tree);
  // The caller named the fields it reads, but the type is still that of the whole document.
  return Object.assign({}, kept, { _id: id }) as T;
}

/** `{ _id: 1 }` alone keeps nothing else; without a projection everything is kept. */
function idOnly<T extends { _id: string }>(document: T, projection: Projection): T {
  const { _id: id } = document;
  return projection['_id'] === 1 ? ({ _id: id } as T) : document;
}

interface Tree extends Map<string, Tree> {}

function treeOf(paths: readonly string[]): Tree {
  const root: Tree = new Map();
  for (const path of paths) {
    let node = root;
    for (const part of path.split('.')) {
      const next = node.get(part) ?? new Map<string, Tree>();
      node.set(part, next);
      node = next;
    }
  }
  return root;
}

function only(value: unknown, tree: Tree): unknown {
  if (tree.size === 0) return value;
  if (Array.isArray(value)) {
    return value.filter(hasParts).map((entry) => only(entry, tree));
  }
  const kept: Record<string, unknown> = {};
  for (const [name, subtree] of tree) {
    const field = fieldOf(value, name);
    if (field !== undefined && (subtree.size === 0 || hasParts(field)))
      kept[name] = only(field, subtree);
  }
  return kept;
}

/** Whether a path can lead through the value. */
const hasParts = (value: unknown): boolean => isRecord(value) || Array.isArray(value);

function without(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((entry) => without(entry, tree));
  if (!isRecord(value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const subtree = tree.get(name);
    if (subtree === undefined) kept[name] = field;
    else if (subtree.size > 0) kept[name] = without(field, subtree);
  }
  return kept;
}
