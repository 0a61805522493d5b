import { fieldOf, isIndex, isRecord } from './paths.js';

/** What a filter compares at a path. */
interface ComparedValues {
  /** Undefined stands for a missing field. */
  readonly values: readonly unknown[];
  /** Lists among them that the path names by their position in a list: they do not stand for their entries. */
  readonly whole: ReadonlySet<unknown>;
}

const NONE: ReadonlySet<unknown> = new Set();

/**
 * As MongoDB's `BSONElementIterator` does: a list on the way is traversed by its objects, each of which may lack the
 * field, and by position, where a position that it does not have is no missing field.
 */
export function comparedAt(document: unknown, path: string): ComparedValues {
  // Most paths are one field's name.
  if (!path.includes('.')) return { values: [fieldOf(document, path)], whole: NONE };
  const values: unknown[] = [];
  const whole = new Set<unknown>();
  const parts = path.split('.');
  const visit = (value: unknown, at: number): void => {
    const part = parts[at];
    if (part === undefined) values.push(value);
    else if (Array.isArray(value)) visitList(value, at, part);
    else visit(fieldOf(value, part), at + 1);
  };
  const visitList = (list: readonly unknown[], at: number, part: string): void => {
    for (const entry of list) if (isRecord(entry)) visit(fieldOf(entry, part), at + 1);
    if (!isIndex(part) || Number(part) >= list.length) return;
    const entry = list[Number(part)];
    const isLast = at === parts.length - 1;
    if (isLast && Array.isArray(entry)) whole.add(entry);
    if (isLast || Array.isArray(entry) || isRecord(entry)) visit(entry, at + 1);
  };
  visit(document, 0);
  return { values, whole };
}
