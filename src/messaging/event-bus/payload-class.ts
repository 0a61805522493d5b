import { createRequire } from 'node:module';
import { instanceToPlain } from 'class-transformer';
import { getMetadataStorage } from 'class-validator';
import { isObject } from '../../common/objects.js';
import { InvalidRecordError, ValidationFailedError } from '../../transport/errors/index.js';
import { isJsonObject } from '../../common/objects.js';
import { valuesOf } from '../../transport/validation/check-values.js';
import { payloadError, validInstance } from '../../transport/validation/validate-payload.js';
import type { PayloadClass } from './bus-event.js';
import { lowerCamel, respelled } from './spelling.js';

// class-transformer has no public access to its decorators' metadata.
const { defaultMetadataStorage: transformed } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
) as typeof import('class-transformer/types/storage.js');

/** The fields with decorators, by their names in JSON. */
function fieldsOf(type: PayloadClass): readonly string[] {
  const known = knownFields.get(type);
  if (known) return known;
  const fields = fieldsToldOf(type);
  knownFields.set(type, fields);
  return fields;
}

/** Cached for each class, because a payload may contain hundreds of thousands of its instances. */
const knownFields = new WeakMap<PayloadClass, readonly string[]>();

const fieldsToldOf = (type: PayloadClass): readonly string[] => [
  ...new Set([
    ...getMetadataStorage()
      .getTargetValidationMetadatas(type, '', false, false)
      .map(({ propertyName }) => propertyName),
    ...transformed
      .getExposedMetadatas(type)
      .flatMap(({ propertyName, options }) => options.name ?? propertyName ?? []),
  ]),
];

/** Whether a payload built from an instance contains any of its fields. */
export const exposesFields = (type: PayloadClass): boolean =>
  transformed.getExposedMetadatas(type).some(({ propertyName }) => propertyName !== undefined);

/** The class that class-transformer makes of a field, as `@Type` names it. */
const typeOf = (type: PayloadClass, field: string): PayloadClass | undefined => {
  const named = transformed.findTypeMetadata(type, field);
  const nested: unknown = named?.typeFunction({ newObject: {}, object: {}, property: field });
  return typeof nested === 'function' && nested !== Date ? (nested as PayloadClass) : undefined;
};

/**
 * JSON in any spelling as a valid instance of a payload class. Unknown fields are dropped.
 *
 * @throws {ValidationFailedError} when it does not fit.
 */
export async function validPayload(type: PayloadClass, given: object): Promise<object> {
  const counted = valuesOf(given);
  if ('fault' in counted) {
    const { field, message } = counted.fault;
    throw new ValidationFailedError(`The payload does not fit ${type.name}: ${field} ${message}`, [
      counted.fault,
    ]);
  }
  // An abstract class can only be instantiated through a class that extends it.
  const target = type as new () => object;
  return validInstance(target, spelledFor(type, given), payloadError(target));
}

/**
 * Converts JSON in any spelling to the names of a payload class and its nested classes. A class without decorators gets
 * names in lowerCamel. Fields without a class, such as a map, are left unchanged.
 */
function spelledFor(type: PayloadClass, value: object): object {
  if (Array.isArray(value))
    return value.map((item) => (isObject(item) ? spelledFor(type, item) : item));
  if (!isJsonObject(value)) return value;
  const fields = fieldsOf(type);
  const spelled = respelled(value, fields.length > 0 ? fields : Object.keys(value).map(lowerCamel));
  for (const field of fields) {
    const inner = spelled[field];
    const nested = isObject(inner) ? typeOf(type, field) : undefined;
    if (nested) spelled[field] = spelledFor(nested, inner as object);
  }
  return spelled;
}

/**
 * A payload as JSON in lowerCamel, according to class-transformer's decorators. The keys of a map, which has no class,
 * are left unchanged.
 *
 * @throws {InvalidRecordError} when two names become one, or it is no object.
 */
export function wirePayload(payload: object): Record<string, unknown> {
  const plain: unknown = JSON.parse(JSON.stringify(instanceToPlain(payload)));
  const written = inLowerCamel(payload, plain);
  if (isJsonObject(written)) return written;
  throw new InvalidRecordError(`The payload ${payload.constructor.name} is not a JSON object`);
}

function inLowerCamel(source: unknown, plain: unknown): unknown {
  if (Array.isArray(plain)) {
    const items: readonly unknown[] = Array.isArray(source) ? source : [];
    return plain.map((item, index) => inLowerCamel(items[index], item));
  }
  if (!isJsonObject(plain)) return plain;
  const names = hasClass(source) ? lowerCamel : asItIs;
  const written = new Map<string, unknown>();
  for (const [key, value] of Object.entries(plain)) {
    const name = names(key);
    if (written.has(name)) {
      throw new InvalidRecordError(`Two fields of a payload are called "${name}" in its JSON`);
    }
    written.set(name, inLowerCamel(isObject(source) ? Reflect.get(source, key) : undefined, value));
  }
  return Object.fromEntries(written);
}

const asItIs = (key: string): string => key;
const hasClass = (value: unknown): boolean => {
  if (!isObject(value) || value instanceof Map) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype !== Object.prototype && prototype !== null;
};
