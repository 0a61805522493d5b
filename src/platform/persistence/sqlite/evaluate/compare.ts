import { isObject } from '../../../../common/objects.js';

/** MongoDB's order of types: missing and null, numbers, texts, objects, lists, booleans, Dates. */
function rank(value: unknown): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === 'number') return 1;
  if (typeof value === 'string') return 2;
  if (typeof value === 'boolean') return 5;
  if (value instanceof Date) return 6;
  return Array.isArray(value) ? 4 : 3;
}

/** Whether two values are of one type, so that MongoDB's `$gt` and the like compare them. */
export function sameType(a: unknown, b: unknown): boolean {
  return rank(a) === rank(b);
}

/** Negative, 0 or positive, in the order MongoDB and SQLite sort by. Texts go by code point. */
export function compareValues(a: unknown, b: unknown): number {
  const ranks = rank(a) - rank(b);
  if (ranks !== 0 || a === undefined || a === null) return ranks;
  if (a instanceof Date && b instanceof Date) return a.getTime() - b.getTime();
  if (typeof a === 'object' && isObject(b)) return compareParts(a, b);
  if (typeof a === 'string' && typeof b === 'string') return compareTexts(a, b);
  return Number(a) - Number(b);
}

/**
 * By code point, which is the order of the texts' UTF-8 bytes. JavaScript's own order differs
 * from it only where a surrogate meets a code unit above the surrogates.
 */
function compareTexts(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const left = a.charCodeAt(index);
    const right = b.charCodeAt(index);
    if (left === right) continue;
    if (isSurrogate(left) === isSurrogate(right)) return left - right;
    return isSurrogate(left) ? 1 : -1;
  }
  return a.length - b.length;
}

const isSurrogate = (unit: number): boolean => unit >= 0xd800 && unit <= 0xdfff;

function compareParts(a: object, b: object): number {
  const left = Object.entries(a);
  const right = Object.entries(b);
  for (const [index, [key, value]] of left.entries()) {
    const other = right[index];
    if (other === undefined) return 1;
    // MongoDB compares the types of two fields before their names, and their values last.
    const byType = rank(value) - rank(other[1]);
    const byKey = Array.isArray(a) ? 0 : compareTexts(key, other[0]);
    const difference = byType || byKey || compareValues(value, other[1]);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
