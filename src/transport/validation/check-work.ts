import { isObject } from '../../common/objects.js';
import type { Violation } from '../errors/index.js';
import { checksOf, messageOf, type PropertyChecks } from './class-checks.js';
import { MAX_PAYLOAD_CHECKS, MAX_PAYLOAD_DEPTH } from './payload.limits.js';

/** Number of comparisons that take as long as one check. */
const COMPARISONS_A_CHECK = 2000;

/**
 * The first list longer than its `@ArrayMaxSize`, or the field at which the number of checks exceeds its limit.
 * class-validator itself has no limit, and validates the items of a list that is too long.
 */
export const findTooMuchWork = (instance: object): Violation | undefined =>
  new WorkCount().look(instance, '', 1);

class WorkCount {
  #checks = 0;

  look(object: object, path: string, depth: number): Violation | undefined {
    if (depth > MAX_PAYLOAD_DEPTH) {
      const message = `must not be nested deeper than ${MAX_PAYLOAD_DEPTH} levels`;
      return { field: firstOf(path), message };
    }
    const { count, growing } = checksOf(object.constructor);
    if (this.#spend(count)) return tooMuch(path);
    for (const property of growing) {
      const value: unknown = Reflect.get(object, property.name);
      if (!isObject(value) || !property.applies(object, value)) continue;
      const fault = this.#lookIntoProperty(object, property, value, path, depth);
      if (fault) return fault;
    }
    return undefined;
  }

  #lookIntoProperty(
    object: object,
    { name, nested, unique, maxSize }: PropertyChecks,
    value: object,
    path: string,
    depth: number,
  ): Violation | undefined {
    const field = path === '' ? name : `${path}.${name}`;
    const items = itemsOf(value);
    if (maxSize && Array.isArray(value) && value.length > Number(maxSize.constraints[0])) {
      return { field, message: messageOf(maxSize, object, value) };
    }
    if (unique && items && this.#spend(items.length ** 2 / COMPARISONS_A_CHECK)) {
      return tooMuch(field);
    }
    if (!nested) return undefined;
    if (!items) return this.look(value, field, depth + 1);
    if (this.#spend(items.length)) return tooMuch(field);
    for (const [index, item] of items.entries()) {
      if (!isObject(item)) continue;
      // Lists within lists are validated too.
      const fault = this.#lookIntoItem(item, `${field}.${index}`, depth + 1);
      if (fault) return fault;
    }
    return undefined;
  }

  #lookIntoItem(item: object, path: string, depth: number): Violation | undefined {
    const items = itemsOf(item);
    if (!items) return this.look(item, path, depth);
    if (this.#spend(items.length)) return tooMuch(path);
    if (depth > MAX_PAYLOAD_DEPTH) return this.look(item, path, depth);
    for (const [index, inner] of items.entries()) {
      if (!isObject(inner)) continue;
      const fault = this.#lookIntoItem(inner, `${path}.${index}`, depth + 1);
      if (fault) return fault;
    }
    return undefined;
  }

  #spend(checks: number): boolean {
    this.#checks += checks;
    return this.#checks > MAX_PAYLOAD_CHECKS;
  }
}

function itemsOf(value: object): readonly unknown[] | undefined {
  if (Array.isArray(value)) return value;
  return value instanceof Set || value instanceof Map ? [...value.values()] : undefined;
}

const firstOf = (path: string): string => path.split('.', 1)[0] ?? '';

const tooMuch = (field: string): Violation => ({
  field: firstOf(field),
  message: `takes more than ${MAX_PAYLOAD_CHECKS} checks to validate`,
});
