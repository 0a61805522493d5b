import { fieldOf, isRecord } from './evaluate/paths.js';

/** A path that has been followed to the first list on it, or to its end. */
interface Followed {
  readonly path: string;
  readonly list: readonly unknown[];
  /** The fields of the path within the entries of the list. */
  readonly rest: readonly string[];
}

/**
 * Two paths that lead to different lists of a document, or of one entry of a list. An index of both would have an entry
 * for each pair of values, so MongoDB refuses such a document ("cannot index parallel arrays"), and so does this store.
 *
 * @param paths of one index; undefined is returned when no two of them lead to different lists.
 */
export function parallelLists(
  document: object,
  paths: readonly string[],
): readonly [string, string] | undefined {
  if (paths.length < 2) return undefined;
  return parallelWithin(
    document,
    paths.map((path) => ({ path, fields: path.split('.') })),
  );
}

function parallelWithin(
  value: unknown,
  paths: readonly { readonly path: string; readonly fields: readonly string[] }[],
): readonly [string, string] | undefined {
  const lists = paths.flatMap(({ path, fields }) => follow(value, path, fields) ?? []);
  const [first] = lists;
  if (first === undefined) return undefined;
  const other = lists.find(({ list }) => list !== first.list);
  if (other !== undefined) return [first.path, other.path];
  const deeper = lists.map(({ path, rest }) => ({ path, fields: rest }));
  if (deeper.length < 2) return undefined;
  for (const entry of first.list) {
    const found = isRecord(entry) ? parallelWithin(entry, deeper) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}

function follow(value: unknown, path: string, fields: readonly string[]): Followed | undefined {
  let reached = value;
  for (const [at, field] of fields.entries()) {
    if (Array.isArray(reached)) return { path, list: reached, rest: fields.slice(at) };
    reached = fieldOf(reached, field);
  }
  return Array.isArray(reached) ? { path, list: reached, rest: [] } : undefined;
}
