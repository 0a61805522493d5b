import { faultsOf, invalidFieldsError, isJsonObject } from '../../protocol/index.js';

/** A class to read from JSON: constructed without arguments, then assigned its fields. */
interface InputClass<T extends object> {
  new (): T;
  /** Every field; others are dropped. */
  readonly fields: readonly (string & keyof T)[];
}

/**
 * Reads a JSON value as a validated class. Values of fields are not changed, so that validators see endless nesting and
 * keys like `__proto__` as they came.
 *
 * @throws ValidationFailedError naming each field that does not fit.
 */
export function readInput<T extends object>(type: InputClass<T>, value: unknown): T {
  if (!isJsonObject(value)) {
    throw invalidFieldsError([{ field: 'body', message: 'must be a JSON object' }]);
  }
  const given = type.fields.filter((name) => Object.hasOwn(value, name));
  const input = Object.assign(
    new type(),
    Object.fromEntries(given.map((name) => [name, value[name]])),
  );
  const faults = faultsOf(input);
  if (faults.length > 0) throw invalidFieldsError(faults);
  return input;
}
