import { MAX_DOCUMENT_DEPTH } from './persistence.constants.js';
import { UnstorableValueError } from './persistence.errors.js';
import { assertSafeKey } from './safe-keys.js';

/**
 * A copy of `value` that every store keeps in the same way: plain objects, lists, texts, finite numbers, booleans, null
 * and Dates. Fields that are undefined are left out.
 *
 * @throws {UnsafeKeyError} or {UnstorableValueError} for anything else.
 */
export function storedValue(value: unknown, where = 'document', depth = 1): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (typeof value !== 'object') throw unstorable(where, typeof value);
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw unstorable(where, 'an invalid Date');
    return new Date(value);
  }
  if (depth > MAX_DOCUMENT_DEPTH) throw unstorable(where, 'nesting that deep');
  if (Array.isArray(value)) {
    return value.map((item: unknown) => storedValue(item ?? null, where, depth + 1));
  }
  const copy: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    assertSafeKey(key, where);
    copy[key] = storedValue(field, where, depth + 1);
  }
  return copy;
}

/** The copy of a document, or of a part of one. @throws as storedValue */
export function storedCopy<T>(value: T, where?: string): T {
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
