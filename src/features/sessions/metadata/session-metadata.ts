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

/** A query lists keys separated by commas, so a key may not contain one. */
const NOT_IN_KEY = /[\p{Cc}\p{Cs},]/u;

/** Keys that `target[key] = value` in a consumer would treat as the target's prototype. */
const RESERVED: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Checks metadata, or a change of it, and returns it unchanged.
 *
 * @throws {ValidationFailedError} if it is no object, has a key that is reserved or begins with `$`, or exceeds a
 * limit.
 */
export function requireMetadata(value: unknown): JsonObject {
  if (!isJsonObject(value)) throw fieldFault(FIELD, 'must be a JSON object');
  const keys = Object.keys(value);
  if (keys.length > MAX_METADATA_KEYS) {
    throw fieldFault(FIELD, `must have at most ${MAX_METADATA_KEYS} keys`);
  }
  for (const key of keys) requireKey(key, FIELD);
  // Checks the depth before any recursion: a body of a megabyte can nest half a million lists.
  for (const key of keys) requirePlainValues(value[key], FIELD, MAX_METADATA_DEPTH - 1);
  for (const key of keys) requireInnerKeys(value[key]);
  if (jsonBytes(value) > MAX_METADATA_BYTES) {
    throw fieldFault(FIELD, `must be at most ${MAX_METADATA_BYTES} bytes of JSON`);
  }
  return value;
}

/**
 * The keys to delete, without duplicates.
 *
 * @throws {ValidationFailedError} if there are none or too many, or for an invalid key.
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

/** Makes a key safe for an error: it can contain line breaks, and be a megabyte long. */
function shown(key: string): string {
  return JSON.stringify(key.length > 60 ? `${key.slice(0, 60)}…` : key);
}
