import { isJsonObject, isObject } from '../../common/objects.js';
import type { JsonSchema } from '../../messaging/index.js';

/** A schema and the root of its references. */
export interface Rooted {
  readonly schema: JsonSchema;
  readonly root: object;
}

/** Follows a reference, and merges the parts of `allOf`. */
export function flat(schema: JsonSchema, root: object): JsonSchema {
  const { $ref: ref, allOf, ...own } = schema;
  const parts = [
    ...(typeof ref === 'string' ? [flat(resolve(ref, root), root)] : []),
    ...(Array.isArray(allOf) ? (allOf as JsonSchema[]).map((part) => flat(part, root)) : []),
  ];
  return parts.reduce<JsonSchema>(
    (all, part) => ({
      ...all,
      ...part,
      ...(part['properties'] !== undefined && {
        properties: merged(propertiesOf(all), propertiesOf(part)),
      }),
      ...(part['required'] !== undefined && {
        required: [...new Set([...requiredOf(all), ...requiredOf(part)])],
      }),
    }),
    own,
  );
}

/** A field in two parts of an `allOf` must fit both. */
function merged(
  one: Readonly<Record<string, JsonSchema>>,
  other: Readonly<Record<string, JsonSchema>>,
): Readonly<Record<string, JsonSchema>> {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return Object.fromEntries(
    [...names].map((name) => {
      const parts = [one[name], other[name]].filter((part) => part !== undefined);
      return [name, parts.length === 1 ? (parts[0] as JsonSchema) : { allOf: parts }];
    }),
  );
}

function resolve(ref: string, root: object): JsonSchema {
  const steps = ref.replace(/^#\//, '').split('/');
  const found = steps.reduce<unknown>(
    (at, step) => (isObject(at) && Object.hasOwn(at, step) ? Reflect.get(at, step) : undefined),
    root,
  );
  return isSchema(found) ? found : {};
}

/** The path of a field within a schema. */
export const join = (path: string, name: string): string =>
  path === '' ? name : `${path}.${name}`;

export const isSchema = (value: unknown): value is JsonSchema => isJsonObject(value);

export const propertiesOf = ({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  isSchema(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : {};

export const requiredOf = ({ required: names }: JsonSchema): readonly string[] =>
  Array.isArray(names) ? (names as string[]) : [];
