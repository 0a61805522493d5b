import { isObject } from '../../../common/objects.js';
import { isJsonObject, type JsonObject } from '../../../protocol/index.js';
import { fieldFault, jsonBytes, requirePlainValues } from '../free-form.js';
import {
  MAX_METADATA_BYTES,
  MAX_METADATA_DEPTH,
  MAX_METADATA_KEY_LENGTH,
  MAX_METADATA_KEYS,
} from '../sessions.constants.js';

const FIELD = 'metadata';

/** Keys are listed in a query with commas between them, so a key may hold none. */
const NOT_IN_KEY = /[\p{Cc}\p{Cs},]/u;

/** What a later `target[key] = value` of some consumer would take for the target's prototype. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Gives metadata, or a change of it, back as it came.
 *
 * @throws {ValidationFailedError} for what is no object, for a key that is reserved or
 * begins with `$`, and for what goes over a limit on its own.
 */
export function requireMetadata(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw fieldFault(FIELD, 'must be a JSON object');
  const keys = Object.keys(value);
  if (keys.length > MAX_METADATA_KEYS) {
    throw fieldFault(FIELD, `must have at most ${MAX_METADATA_KEYS} keys`);
  }
  for (const key of keys) requireKey(key, FIELD);
  // Depth before everything that recurses: a body of a megabyte can nest half a million lists.
  for (const key of keys) requirePlainValues(value[key], FIELD, MAX_METADATA_DEPTH - 1);
  for (const key of keys) requireInnerKeys(value[key]);
  if (jsonBytes(value) > MAX_METADATA_BYTES) {
    throw fieldFault(FIELD, `must be at most ${MAX_METADATA_BYTES} bytes of JSON`);
  }
  return value;
}

/**
 * Gives the keys to delete, each once.
 *
 * @throws {ValidationFailedError} when there is none, too many, or one that no metadata could have.
 */
export function requireMetadataKeys(keys: readonly string[]): string[] {
  const unique = [...new Set(keys)];
  if (unique.length === 0 || unique.length > MAX_METADATA_KEYS) {
    throw fieldFault('keys', `must name 1 to ${MAX_METADATA_KEYS} keys, separated by commas`);
  }
  for (const key of unique) requireKey(key, 'keys');
  return unique;
}

function requireKey(key: string, field: string): void {
  if (key === '') throw fieldFault(field, 'has an empty key');
  if (key.length > MAX_METADATA_KEY_LENGTH) {
    throw fieldFault(field, `has a key of more than ${MAX_METADATA_KEY_LENGTH} characters`);
  }
  if (NOT_IN_KEY.test(key)) {
    throw fieldFault(field, `has a key ${shown(key)} with a comma or a control character`);
  }
  requireHarmless(key, field);
}

function requireInnerKeys(value: unknown): void {
  if (!isObject(value)) return;
  if (!Array.isArray(value)) for (const key of Object.keys(value)) requireHarmless(key, FIELD);
  for (const child of Object.values(value)) requireInnerKeys(child);
}

function requireHarmless(key: string, field: string): void {
  if (key.startsWith('$')) throw fieldFault(field, `has a key ${shown(key)} that starts with $`);
  if (RESERVED.has(key)) throw fieldFault(field, `has a key ${shown(key)}, which is reserved`);
}

/** A key as an error may repeat it: it can hold line breaks, and be a megabyte long. */
function shown(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}
