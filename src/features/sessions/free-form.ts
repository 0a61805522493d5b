import { isObject } from '../../common/objects.js';
import { invalidFieldsError, isJsonObject, type JsonObject } from '../../protocol/index.js';
import { fromStoredKeys, toStoredKeys } from '../../platform/persistence/index.js';
import type { ValidationFailedError } from '../../transport/errors/index.js';

interface FreeFormLimits {
  /** Bytes as JSON. */
  readonly bytes: number;
  /** Levels of nesting. */
  readonly depth: number;
}

/**
 * Checks a free-form JSON object and returns it unchanged.
 *
 * @param field Its name in errors.
 * @throws {ValidationFailedError} if it is no object, is nested too deeply, is too large, or contains a number that
 * JSON cannot write.
 */
export function requireFreeForm(value: unknown, field: string, limits: FreeFormLimits): JsonObject {
  if (!isJsonObject(value)) throw fieldFault(field, 'must be a JSON object');
  // Checks the depth before any recursion: a body of a megabyte can nest half a million lists.
  requirePlainValues(value, field, limits.depth);
  if (jsonBytes(value) > limits.bytes) {
    throw fieldFault(field, `must be at most ${limits.bytes} bytes of JSON`);
  }
  return value;
}

/** @throws {ValidationFailedError} for nesting deeper than `depth`, and for numbers such as 1e999, which JSON reads as Infinity and cannot write again. */
export function requirePlainValues(value: unknown, field: string, depth: number): void {
  let level: unknown[] = [value];
  for (let reached = 0; level.length > 0; reached++) {
    const next: unknown[] = [];
    for (const node of level) {
      if (typeof node === 'number' && !Number.isFinite(node)) {
        throw fieldFault(field, 'must hold finite numbers');
      }
      if (!isObject(node)) continue;
      if (reached > depth) {
        throw fieldFault(field, `must be nested at most ${depth} levels deep`);
      }
      for (const child of Object.values(node)) next.push(child);
    }
    level = next;
  }
}

export const jsonBytes = (value: unknown): number =>
  Buffer.byteLength(JSON.stringify(value), 'utf8');

export function fieldFault(field: string, message: string): ValidationFailedError {
  return invalidFieldsError([{ field, message }]);
}

/** A free-form object or null, in stored form and back. */
export const stored = (value: JsonObject | null): JsonObject | null =>
  value === null ? null : toStoredKeys(value);
export const unstored = (value: JsonObject | null): JsonObject | null =>
  value === null ? null : fromStoredKeys(value);
