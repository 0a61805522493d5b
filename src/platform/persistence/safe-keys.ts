import { isObject } from '../../common/objects.js';
import { MAX_KEY_LENGTH } from './persistence.constants.js';
import { UnsafeKeyError } from './persistence.errors.js';

const PROTOTYPE_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Refuses a text that must not be used as a key, because it would be a path or an operator (`a.b`, `$where`) or reach
 * an object's prototype.
 *
 * @param where What the key belongs to, for the error, such as `metadata`.
 * @throws {UnsafeKeyError} naming the key.
 */
export function assertSafeKey(key: string, where = 'document'): void {
  const problem = problemOf(key);
  if (problem !== undefined) throw new UnsafeKeyError(where, key, problem);
}

/**
 * The same for every key of `value`, at any depth.
 *
 * @example
 * assertSafeKeys({ 'a.b': 1 }, 'metadata'); // Key "a.b" in metadata must not contain a dot
 */
export function assertSafeKeys(value: unknown, where = 'document'): void {
  const pending: unknown[] = [value];
  const seen = new Set<object>();
  while (pending.length > 0) {
    const node = pending.pop();
    if (!isObject(node) || seen.has(node)) continue;
    seen.add(node);
    if (!Array.isArray(node)) for (const key of Object.keys(node)) assertSafeKey(key, where);
    for (const child of Object.values(node)) pending.push(child);
  }
}

function problemOf(key: string): string | undefined {
  if (key === '') return 'must not be empty';
  if (key.length > MAX_KEY_LENGTH) return `must be at most ${MAX_KEY_LENGTH} characters long`;
  if (key.startsWith('$')) return 'must not start with $';
  if (key.includes('.')) return 'must not contain a dot';
  if (key.includes('\0')) return 'must not contain NUL';
  if (PROTOTYPE_KEYS.has(key)) return 'is reserved';
  return undefined;
}
