import type { Scalar } from './document-collection.js';
import { MAX_DOCUMENT_DEPTH } from './persistence.constants.js';
import { UnstorableValueError } from './persistence.errors.js';
import { assertSafeKey } from './safe-keys.js';

/**
 * A copy of `value` that every store keeps in the same way: plain objects, lists, texts, finite numbers, booleans, null
 * and Dates. Fields that are undefined are left out; a lone surrogate becomes U+FFFD, as in BSON, and -0 becomes 0.
 *
 * @throws {UnsafeKeyError} or {UnstorableValueError} for anything else.
 */
export function storedValue(value: unknown, where = 'document', depth = 1): unknown {
  if (isScalar(value)) return storedScalar(value);
  if (typeof value !== 'object') throw unstorable(where, typeof value);
  if (value instanceof Date) throw unstorable(where, 'an invalid Date');
  if (depth > MAX_DOCUMENT_DEPTH) throw unstorable(where, 'nesting that deep');
  if (Array.isArray(value)) {
    return value.map((item: unknown) => storedValue(item ?? null, where, depth + 1));
  }
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    assertSafeKey(key, where);
    copy[key.toWellFormed()] = storedValue(field, where, depth + 1);
  }
  return copy;
}

export function isScalar(value: unknown): value is Scalar {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  return value instanceof Date && !Number.isNaN(value.getTime());
}

/** A single value as every store keeps and compares it. */
export function storedScalar(value: Scalar): Scalar {
  if (typeof value === 'string') return value.toWellFormed();
  // The sum of -0 and 0 is 0.
  if (typeof value === 'number') return value + 0;
  return value instanceof Date ? new Date(value) : value;
}

/** The copy of a document, or of a part of one. @throws as storedValue */
function storedCopy<T>(value: T, where?: string): T {
  // Only undefined fields are left out, so the copy has the same type.
  return storedValue(value, where) as T;
}

/** The copy to insert: a document with a usable `_id`. */
export function storedDocument<T extends { _id: string }>(document: T, where: string): T {
  const { _id: id } = document;
  assertDocumentId(id);
  return storedCopy(document, where);
}

/** An empty id counts as missing. */
export function assertDocumentId(id: unknown): asserts id is string {
  if (typeof id !== 'string' || id === '' || id === '__proto__') {
    throw new UnstorableValueError(`Not usable as _id: ${JSON.stringify(id)?.slice(0, 60)}`);
  }
}

function unstorable(where: string, what: string): UnstorableValueError {
  return new UnstorableValueError(`A ${where} cannot hold ${what}`);
}
