import { isObject } from '../common/objects.js';
import type { Violation } from '../transport/errors/index.js';
import { MAX_JSON_DEPTH } from './protocol.constants.js';

/** A free-form JSON object, such as a Command's `payload`. */
export type JsonObject = Record<string, unknown>;

/**
 * The first fault in a free-form value: nesting deeper than MAX_JSON_DEPTH, or an own key `__proto__`, which any later
 * `target[key] = value` would turn into the target's prototype.
 */
export function findJsonFault(value: unknown, field: string): Violation | undefined {
  const pending: { value: unknown; depth: number }[] = [{ value, depth: 1 }];
  for (let item = pending.pop(); item !== undefined; item = pending.pop()) {
    const { value: node, depth } = item;
    if (!isObject(node)) continue;
    if (depth > MAX_JSON_DEPTH) {
      return { field, message: `must not be nested deeper than ${MAX_JSON_DEPTH} levels` };
    }
    if (Object.hasOwn(node, '__proto__')) {
      return { field, message: 'must not contain the key __proto__' };
    }
    for (const child of Object.values(node)) pending.push({ value: child, depth: depth + 1 });
  }
  return undefined;
}
