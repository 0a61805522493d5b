import { MAX_VIOLATIONS_SAID } from '../transport/errors/violations.js';
import { isJsonObject } from '../common/objects.js';
import { ValidationFailedError, type Violation } from '../transport/errors/index.js';
import { faultsOf } from './faults-of.js';
import { findJsonFault, type JsonObject } from './json.js';
import { normalizeTime } from './time.js';

/** How the fields of a class are read from JSON. */
export interface Shape<T extends object, Field extends string = string & keyof T> {
  /** Its constructor takes the given fields and fills in the defaults. */
  readonly type: new (...init: never[]) => T;
  /** Every field; others are dropped. */
  readonly fields: readonly Field[];
  readonly required: readonly Field[];
  /** Free-form objects, which are searched for faults. */
  readonly json?: readonly Field[];
  /** Times, rewritten to UTC. */
  readonly times?: readonly Field[];
  /** Lists of objects with their own shape, and their maximum length. */
  readonly lists?: Readonly<
    Record<string, { readonly of: Shape<object, string>; readonly max: number }>
  >;
}

/**
 * Reads `value` as the shape's class. Unknown fields are dropped; the value itself
 * is not changed.
 *
 * @throws {ValidationFailedError} `Missing required field: X` (or `fields: X, Y`)
 * when required ones are absent, null or empty; otherwise each field and its problem.
 */
export function parse<T extends object>(shape: Shape<T>, value: unknown, what: string): T {
  if (!isJsonObject(value)) {
    const message = 'must be a JSON object';
    throw new ValidationFailedError(`${what} ${message}`, [{ field: '', message }]);
  }
  const missing = missingFields(value, shape.required);
  if (missing.length > 0) throw missingFieldsError(missing);
  const faults: Violation[] = [];
  const instance = build(shape, value, '', faults);
  if (faults.length === 0) faults.push(...faultsOf(instance));
  if (faults.length > 0) throw invalidFieldsError(faults);
  return instance;
}

/** The required fields that are absent, null or an empty text, in the given order. */
export function missingFields(value: JsonObject, required: readonly string[]): string[] {
  return required.filter((field) => {
    const given = Object.hasOwn(value, field) ? value[field] : undefined;
    return given === undefined || given === null || given === '';
  });
}

/** `Missing required field: X`, or `Missing required fields: X, Y`. */
export function missingFieldsError(fields: readonly string[]): ValidationFailedError {
  return new ValidationFailedError(
    `Missing required ${fields.length === 1 ? 'field' : 'fields'}: ${fields.join(', ')}`,
    fields.map((field) => ({ field, message: 'is required' })),
  );
}

/** `<field> <problem>` for each violation, joined by `; `. */
export function invalidFieldsError(violations: readonly Violation[]): ValidationFailedError {
  const said = violations.slice(0, MAX_VIOLATIONS_SAID);
  const texts = said.map(({ field, message }) => `${field} ${message}`);
  return new ValidationFailedError(texts.join('; '), violations);
}

function build<T extends object>(
  shape: Shape<T, string>,
  value: JsonObject,
  prefix: string,
  faults: Violation[],
): T {
  const fields: JsonObject = {};
  for (const name of shape.fields) {
    if (Object.hasOwn(value, name) && value[name] !== undefined) fields[name] = value[name];
  }
  for (const name of shape.json ?? []) {
    const fault = findJsonFault(fields[name], `${prefix}${name}`);
    if (fault !== undefined) faults.push(fault);
  }
  for (const name of shape.times ?? []) {
    const time = fields[name];
    if (typeof time === 'string') fields[name] = normalizeTime(time) ?? time;
  }
  for (const [name, { of, max }] of Object.entries(shape.lists ?? {})) {
    const list = fields[name];
    if (!Array.isArray(list)) continue;
    if (list.length > max) {
      faults.push({ field: `${prefix}${name}`, message: `must have at most ${max} entries` });
      continue;
    }
    fields[name] = list.map((item: unknown, index) =>
      buildItem(of, item, `${prefix}${name}.${index}`, faults),
    );
  }
  const instance: T = Reflect.construct(shape.type, [fields]);
  return instance;
}

function buildItem(shape: Shape<object, string>, item: unknown, path: string, faults: Violation[]) {
  if (!isJsonObject(item)) {
    faults.push({ field: path, message: 'must be an object' });
    return item;
  }
  for (const field of missingFields(item, shape.required)) {
    faults.push({ field: `${path}.${field}`, message: 'is required' });
  }
  return build(shape, item, `${path}.`, faults);
}
