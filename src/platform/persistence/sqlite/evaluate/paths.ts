import { isObject } from '../../../../common/objects.js';

const INDEX = /^(0|[1-9]\d*)$/;

/**
 * Every value that an index or an order has for `path`: lists on the way are traversed entry by entry as well as by
 * index. A missing field gives undefined. A filter compares others by position (`comparedAt`).
 */
export function valuesAt(document: unknown, path: string): unknown[] {
  // Most paths are one field's name, and few lead through a list.
  if (!path.includes('.')) return step(document, path);
  let found: unknown[] = [document];
  for (const part of path.split('.')) {
    found = found.length === 1 ? step(found[0], part) : found.flatMap((one) => step(one, part));
  }
  return found;
}

function step(value: unknown, part: string): unknown[] {
  if (!Array.isArray(value)) return [fieldOf(value, part)];
  const byField = value.filter(isRecord).map((entry) => fieldOf(entry, part));
  if (!isIndex(part)) return byField;
  return [...byField.filter((field) => field !== undefined), value[Number(part)]];
}

/** An own field of an object, or undefined. */
export function fieldOf(value: unknown, name: string): unknown {
  return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Whether the value has fields: an object, not a list, not a Date. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false;
  return !Array.isArray(value) && !(value instanceof Date);
}

export function isIndex(part: string): boolean {
  return INDEX.test(part);
}
