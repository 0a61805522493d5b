import { isObject } from '../../common/objects.js';
import type { Violation } from '../errors/index.js';
import { MAX_PAYLOAD_DEPTH, MAX_PAYLOAD_KEYS, MAX_PAYLOAD_VALUES } from './payload.limits.js';

/** The number of values in a payload, or its first fault. */
type Values = { readonly values: number } | { readonly fault: Violation };

/**
 * class-transformer reads a key `constructor` as the class of its object, and its time grows with the square of the
 * number of keys.
 */
type AllowedKeys = 'for a class' | 'any key';

/**
 * Finds payloads that are too much for a validator: too many values or levels, or a key that it cannot read. Stops at
 * the limit.
 */
export function valuesOf(payload: object, allowed: AllowedKeys = 'for a class'): Values {
  const count = new ValueCount(allowed);
  const fault = count.look(payload, 1, '');
  return fault ? { fault } : { values: count.values };
}

class ValueCount {
  values = 0;
  #comparisons = 0;

  constructor(private readonly allowed: AllowedKeys) {}

  /** @param field of the payload that `value` lies in. */
  look(value: object, depth: number, field: string): Violation | undefined {
    if (depth > MAX_PAYLOAD_DEPTH) {
      return { field, message: `must not be nested deeper than ${MAX_PAYLOAD_DEPTH} levels` };
    }
    return Array.isArray(value)
      ? this.#lookIntoList(value, depth, field)
      : this.#lookIntoObject(value, depth, field);
  }

  #lookIntoList(list: readonly unknown[], depth: number, field: string): Violation | undefined {
    if (this.#tooMany(list.length)) return tooManyValues(field);
    for (const item of list) {
      const fault = isObject(item) ? this.look(item, depth + 1, field) : undefined;
      if (fault) return fault;
    }
    return undefined;
  }

  #lookIntoObject(value: object, depth: number, field: string): Violation | undefined {
    const keys = Object.keys(value);
    if (this.#tooMany(keys.length)) return tooManyValues(field);
    if (this.#tooManyKeys(keys.length)) return tooManyKeys(field);
    for (const key of keys) {
      // The payload itself has a class, so its own key `constructor` is an ordinary field.
      if (key === 'constructor' && depth > 1 && this.allowed === 'for a class') {
        return { field, message: 'must not contain the key constructor' };
      }
      const child: unknown = Reflect.get(value, key);
      if (!isObject(child)) continue;
      const fault = this.look(child, depth + 1, depth === 1 ? key : field);
      if (fault) return fault;
    }
    return undefined;
  }

  #tooManyKeys(keys: number): boolean {
    this.#comparisons += keys ** 2;
    return this.allowed === 'for a class' && this.#comparisons > MAX_PAYLOAD_KEYS ** 2;
  }

  #tooMany(more: number): boolean {
    this.values += more;
    return this.values > MAX_PAYLOAD_VALUES;
  }
}

const tooManyValues = (field: string): Violation => ({
  field,
  message: `must not have more than ${MAX_PAYLOAD_VALUES} values`,
});

const tooManyKeys = (field: string): Violation => ({
  field,
  message: `has objects of too many keys: one may have ${MAX_PAYLOAD_KEYS}, several fewer`,
});
