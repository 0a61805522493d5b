import type { Scalar } from '../document-collection.js';

/** An index value in a form that SQLite sorts as MongoDB does. */
export type IndexKey = number | string | Uint8Array;

const OBJECT = 3;
const LIST = 4;
const BOOLEAN = 5;
const DATE = 6;

/**
 * SQLite sorts numbers before texts before blobs. Null and missing are the lowest number, which no
 * document can hold; booleans and Dates are blobs that start with their rank. Objects and lists
 * are treated as equal: an index narrows, and what it finds is compared once more.
 */
export function indexKey(value: unknown): IndexKey {
  if (value === null || value === undefined) return NULL_KEY;
  if (typeof value === 'number' || typeof value === 'string') return value;
  if (typeof value === 'boolean') return Uint8Array.of(BOOLEAN, Number(value));
  if (value instanceof Date) return dateKey(value.getTime());
  return Uint8Array.of(Array.isArray(value) ? LIST : OBJECT);
}

export const NULL_KEY = Number.NEGATIVE_INFINITY;

/** Whether the key is that of all objects, or of all lists. */
export function isInexact(key: IndexKey): boolean {
  return key instanceof Uint8Array && key.length === 1;
}

/** The range of keys of the operand's type, `to` excluded. */
export function keyRangeOfType(operand: Scalar): {
  readonly from: IndexKey;
  readonly to: IndexKey;
} {
  if (typeof operand === 'number') return { from: -Number.MAX_VALUE, to: '' };
  if (typeof operand === 'string') return { from: '', to: new Uint8Array(0) };
  const rank = operand instanceof Date ? DATE : BOOLEAN;
  return { from: Uint8Array.of(rank), to: Uint8Array.of(rank + 1) };
}

/** The keys of two values are equal exactly when the values are. SQLite has no lone surrogates. */
export function isExactKey(value: Scalar): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return value !== null;
}

function dateKey(time: number): Uint8Array {
  const key = new Uint8Array(9);
  key[0] = DATE;
  // Times are whole and within ±8.64e15, so they fit, and the offset makes them positive.
  new DataView(key.buffer).setBigUint64(1, BigInt(time) + 2n ** 63n);
  return key;
}
