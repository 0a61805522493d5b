import { fieldOf, isIndex, isRecord, valuesAt } from './evaluate/paths.js';

/**
 * What MongoDB's index of several paths holds for a document: one value for each path, once for each entry of a list.
 * Values within one list come from the same entry of it.
 */
export function valueTuples(
  document: object,
  paths: readonly string[],
  taken: readonly string[] = [],
): unknown[][] {
  for (const path of paths) {
    const found = firstList(document, path, taken);
    if (found === undefined) continue;
    const { at, list } = found;
    // An empty list is a value of its own, which is not null.
    if (list.length === 0) continue;
    return list.flatMap((entry) =>
      valueTuples(replaced(document, at, entry), paths, [...taken, at]),
    );
  }
  return [paths.map((path) => valuesAt(document, path)[0])];
}

/** The first list that a path leads to or through, but for those whose entries are taken already. */
function firstList(
  document: object,
  path: string,
  taken: readonly string[],
): { readonly at: string; readonly list: readonly unknown[] } | undefined {
  const parts = path.split('.');
  let value: unknown = document;
  for (const [index, part] of parts.entries()) {
    value = fieldOf(value, part);
    const at = parts.slice(0, index + 1).join('.');
    const next = parts[index + 1];
    if (Array.isArray(value) && !taken.includes(at) && !(next !== undefined && isIndex(next))) {
      return { at, list: value };
    }
  }
  return undefined;
}

function replaced(value: unknown, path: string, entry: unknown): object {
  const [part = '', ...rest] = path.split('.');
  const fields = isRecord(value) ? value : {};
  return {
    ...fields,
    [part]: rest.length === 0 ? entry : replaced(fields[part], rest.join('.'), entry),
  };
}
