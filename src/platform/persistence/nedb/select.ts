import type { FindOptions, Projection, Sort } from '../document-collection.js';
import { storedCopy } from '../stored-value.js';
import { compareValues } from './compare.js';
import { fieldOf, valuesAt } from './paths.js';

/** Sorted, cut out and copied as the options say. The documents given are not changed. */
export function select<T extends { _id: string }>(
  documents: readonly T[],
  options: FindOptions,
): T[] {
  const { sort, skip = 0, limit, projection } = options;
  const sorted = sort === undefined ? documents : documents.toSorted(order(sort));
  const chosen = sorted.slice(skip, limit === undefined ? undefined : skip + limit);
  return chosen.map((document) => project(document, projection));
}

function order(sort: Sort): (a: unknown, b: unknown) => number {
  const fields = Object.entries(sort);
  return (a, b) => {
    for (const [path, direction] of fields) {
      const difference = compareValues(key(a, path, direction), key(b, path, direction));
      if (difference !== 0) return difference * direction;
    }
    return 0;
  };
}

/** Of a list, MongoDB sorts by the smallest entry going up and the largest going down. */
function key(document: unknown, path: string, direction: 1 | -1): unknown {
  const values = valuesAt(document, path).flatMap((value) =>
    Array.isArray(value) ? value : [value],
  );
  if (values.length < 2) return values[0];
  return values.toSorted((a, b) => compareValues(a, b) * direction)[0];
}

function project<T extends { _id: string }>(document: T, projection: Projection = {}): T {
  const paths = Object.keys(projection).filter((path) => path !== '_id');
  const tree = treeOf(paths);
  if (paths.length === 0) return storedCopy(document);
  const { _id: id } = document;
  const kept = projection[paths[0] ?? ''] === 1 ? only(document, tree) : without(document, tree);
  // The caller named the fields it reads; the type is the whole document's all the same.
  return storedCopy(Object.assign(Object.create(null), kept, { _id: id }));
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
    return value
      .filter((entry) => typeof entry === 'object' && entry !== null)
      .map((entry) => only(entry, tree));
  }
  const kept: Record<string, unknown> = {};
  for (const [name, subtree] of tree) {
    const field = fieldOf(value, name);
    const leads = typeof field === 'object' && field !== null && !(field instanceof Date);
    if (field !== undefined && (subtree.size === 0 || leads)) kept[name] = only(field, subtree);
  }
  return kept;
}

function without(value: unknown, tree: Tree): unknown {
  if (Array.isArray(value)) return value.map((entry) => without(entry, tree));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(value)) {
    const subtree = tree.get(name);
    if (subtree === undefined) kept[name] = field;
    else if (subtree.size > 0) kept[name] = without(field, subtree);
  }
  return kept;
}
