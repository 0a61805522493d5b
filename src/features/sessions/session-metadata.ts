import { invalidFieldsError, isJsonObject } from '../../protocol/index.js';
import { assertSafeKey, assertSafeKeys } from '../../platform/persistence/index.js';
import type { ValidationFailedError } from '../../transport/errors/index.js';
import {
  MAX_METADATA_BYTES,
  MAX_METADATA_DEPTH,
  MAX_METADATA_KEY_LENGTH,
  MAX_METADATA_KEYS,
} from './sessions.constants.js';

const FIELD = 'metadata';

/** What a session's metadata, or a change of it, takes. */
export interface MetadataSize {
  readonly keys: number;
  /** As JSON. */
  readonly bytes: number;
}

/** Keys are listed in a query with commas between them, so a key may hold none. */
const NOT_IN_KEY = /[\p{Cc}\p{Cs},]/u;

/**
 * Gives metadata, or a change of it, back as it came.
 *
 * @throws ValidationFailedError for what is no object, for a key that is no safe field name
 * (`__proto__`, `$where`, `a.b`), and for what goes over a limit on its own.
 */
export function requireMetadata(value: unknown): Record<string, unknown> {
  if (!isJsonObject(value)) throw fault(FIELD, 'must be a JSON object');
  const keys = Object.keys(value);
  if (keys.length > MAX_METADATA_KEYS) {
    throw fault(FIELD, `must have at most ${MAX_METADATA_KEYS} keys`);
  }
  // Depth before everything that recurses: a body of a megabyte can nest half a million lists.
  for (const key of keys) requireValue(value[key], `${FIELD}.${shown(key)}`, 1);
  assertSafeKeys(value, FIELD);
  for (const key of keys) requireKey(key, FIELD);
  if (metadataSize(value).bytes > MAX_METADATA_BYTES) {
    throw fault(FIELD, `must be at most ${MAX_METADATA_BYTES} bytes of JSON`);
  }
  return value;
}

/**
 * Gives the keys to delete, each once.
 *
 * @throws ValidationFailedError when there is none, too many, or one that no metadata could have.
 */
export function requireMetadataKeys(keys: readonly string[]): string[] {
  const unique = [...new Set(keys)];
  if (unique.length === 0 || unique.length > MAX_METADATA_KEYS) {
    throw fault('keys', `must name 1 to ${MAX_METADATA_KEYS} keys, separated by commas`);
  }
  for (const key of unique) {
    assertSafeKey(key, 'keys');
    requireKey(key, 'keys');
  }
  return unique;
}

export function metadataSize(metadata: Readonly<Record<string, unknown>>): MetadataSize {
  return {
    keys: Object.keys(metadata).length,
    bytes: Buffer.byteLength(JSON.stringify(metadata), 'utf8'),
  };
}

function requireKey(key: string, field: string): void {
  if (key.length > MAX_METADATA_KEY_LENGTH) {
    throw fault(field, `has a key of more than ${MAX_METADATA_KEY_LENGTH} characters`);
  }
  if (NOT_IN_KEY.test(key)) {
    throw fault(field, `has a key ${shown(key)} with a comma or a control character`);
  }
}

/** JSON reads 1e999 as Infinity, which JSON cannot write again. */
function requireValue(value: unknown, path: string, depth: number): void {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw fault(path, 'must hold finite numbers');
  }
  if (typeof value !== 'object' || value === null) return;
  if (depth > MAX_METADATA_DEPTH) {
    throw fault(path, `must be nested at most ${MAX_METADATA_DEPTH} levels deep`);
  }
  for (const child of Object.values(value)) requireValue(child, path, depth + 1);
}

/** A key as an error may repeat it: it can hold line breaks, and be a megabyte long. */
function shown(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}

function fault(field: string, message: string): ValidationFailedError {
  return invalidFieldsError([{ field, message }]);
}
