import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../../messaging/index.js';

/** One way in which a schema takes less than another one. */
export interface Narrowing {
  /** Such as `payload.items[].price`. */
  readonly path: string;
  /** A keyword of JSON Schema. */
  readonly rule: string;
  readonly wide: unknown;
  readonly narrow: unknown;
}

/** A schema, and where its references lead. */
export interface Rooted {
  readonly schema: JsonSchema;
  readonly root: object;
}

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Whether one takes less than another cannot be said, so that any other one may. */
const OPAQUE = ['pattern', 'format', 'multipleOf', 'not', 'contentEncoding', 'uniqueItems'];

/**
 * Everything in which `narrow` takes less than `wide`: for what is read, of the schema before and the one after; for what
 * is written, the other way round. Fields that only one of them knows are left to the caller, unless they are required.
 */
export const narrowings = (wide: Rooted, narrow: Rooted): readonly Narrowing[] =>
  new Comparison(wide.root, narrow.root).compare(wide.schema, narrow.schema, '');

class Comparison {
  /** Pairs that are being compared: a class may contain itself. */
  readonly #open = new Set<string>();

  constructor(
    private readonly wideRoot: object,
    private readonly narrowRoot: object,
  ) {}

  compare(wideGiven: JsonSchema, narrowGiven: JsonSchema, path: string): Narrowing[] {
    const pair = `${String(wideGiven['$ref'])} ${String(narrowGiven['$ref'])}`;
    const referred = '$ref' in wideGiven && '$ref' in narrowGiven;
    if (referred && this.#open.has(pair)) return [];
    if (referred) this.#open.add(pair);
    const wide = flat(wideGiven, this.wideRoot);
    const narrow = flat(narrowGiven, this.narrowRoot);
    const found = [
      ...types(wide, narrow, path),
      ...values(wide, narrow, path),
      ...bounds(wide, narrow, path),
      ...required(wide, narrow, path),
      ...this.#properties(wide, narrow, path),
      ...this.#within('items', wide, narrow, `${path}[]`),
      ...this.#within('additionalProperties', wide, narrow, join(path, '*')),
      ...this.#alternatives(wide, narrow, path),
    ];
    if (referred) this.#open.delete(pair);
    return found;
  }

  #properties(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
    const [ofWide, ofNarrow] = [propertiesOf(wide), propertiesOf(narrow)];
    return Object.entries(ofWide).flatMap(([name, property]) => {
      const other = Object.hasOwn(ofNarrow, name) ? ofNarrow[name] : undefined;
      return other ? this.compare(property, other, join(path, name)) : [];
    });
  }

  #within(key: string, wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
    const [one, other] = [wide[key], narrow[key]];
    if (other === false && one !== false) return [{ path, rule: key, wide: one, narrow: other }];
    return isSchema(other) ? this.compare(isSchema(one) ? one : {}, other, path) : [];
  }

  /** Each alternative must be one of those that are left. */
  #alternatives(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
    const [before, after] = [alternativesOf(wide), alternativesOf(narrow)];
    if (!before && !after) return [];
    return (before ?? [without(wide)])
      .filter(
        (one) =>
          !(after ?? [without(narrow)]).some(
            (other) => this.compare(one, other, path).length === 0,
          ),
      )
      .map((one) => ({ path, rule: 'anyOf', wide: one, narrow: after }));
  }
}

/** Follows a reference, and puts what `allOf` names together. */
function flat(schema: JsonSchema, root: object): JsonSchema {
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

/** A field that two parts of an `allOf` name must fit both. */
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
    (at, step) =>
      typeof at === 'object' && at !== null && Object.hasOwn(at, step)
        ? Reflect.get(at, step)
        : undefined,
    root,
  );
  return isSchema(found) ? found : {};
}

function types(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
  const [before, after] = [typesOf(wide), typesOf(narrow)];
  if (!after) return [];
  const lost =
    !before ||
    before.some((one) => !after.includes(one) && !(one === 'integer' && after.includes('number')));
  return lost ? [{ path, rule: 'type', wide: wide['type'], narrow: narrow['type'] }] : [];
}

function values(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
  const [before, after] = [valuesOf(wide), valuesOf(narrow)];
  if (!after) return [];
  const lost = before?.filter((one) => !after.some((other) => isDeepStrictEqual(one, other)));
  return lost?.length === 0 ? [] : [{ path, rule: 'enum', wide: before, narrow: after }];
}

function bounds(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
  const changed = (rule: string): Narrowing => ({
    path,
    rule,
    wide: wide[rule],
    narrow: narrow[rule],
  });
  const tighter = (rule: string, isTighter: (is: number, was: number) => boolean): Narrowing[] => {
    const [was, is] = [wide[rule], narrow[rule]];
    if (typeof is !== 'number') return [];
    return typeof was !== 'number' || isTighter(is, was) ? [changed(rule)] : [];
  };
  return [
    ...LOWER_BOUNDS.flatMap((rule) => tighter(rule, (is, was) => is > was)),
    ...UPPER_BOUNDS.flatMap((rule) => tighter(rule, (is, was) => is < was)),
    ...OPAQUE.filter(
      (rule) => narrow[rule] !== undefined && !isDeepStrictEqual(narrow[rule], wide[rule]),
    ).map(changed),
  ];
}

function required(wide: JsonSchema, narrow: JsonSchema, path: string): Narrowing[] {
  const before = new Set(requiredOf(wide));
  return requiredOf(narrow)
    .filter((name) => !before.has(name))
    .map((name) => ({ path: join(path, name), rule: 'required', wide: false, narrow: true }));
}

/** Names of fields of the first that the second does not have, however deep, by their paths. */
export function lostFields(first: Rooted, second: Rooted): readonly string[] {
  const open = new Set<string>();
  const search = (oneGiven: JsonSchema, otherGiven: JsonSchema, path: string): string[] => {
    const pair = `${String(oneGiven['$ref'])} ${String(otherGiven['$ref'])}`;
    if ('$ref' in oneGiven && open.has(pair)) return [];
    open.add(pair);
    const [one, other] = [flat(oneGiven, first.root), flat(otherGiven, second.root)];
    const [fields, others] = [propertiesOf(one), propertiesOf(other)];
    const items =
      isSchema(one['items']) && isSchema(other['items']) ? [one['items'], other['items']] : [];
    const found = [
      ...Object.entries(fields).flatMap(([name, field]) => {
        const same = Object.hasOwn(others, name) ? others[name] : undefined;
        return same ? search(field, same, join(path, name)) : [join(path, name)];
      }),
      ...(items[0] && items[1] ? search(items[0], items[1], `${path}[]`) : []),
    ];
    open.delete(pair);
    return found;
  };
  return search(first.schema, second.schema, '');
}

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);

const isSchema = (value: unknown): value is JsonSchema =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const propertiesOf = ({ properties }: JsonSchema): Readonly<Record<string, JsonSchema>> =>
  isSchema(properties) ? (properties as Readonly<Record<string, JsonSchema>>) : {};

const requiredOf = ({ required: names }: JsonSchema): readonly string[] =>
  Array.isArray(names) ? (names as string[]) : [];

const typesOf = ({ type }: JsonSchema): readonly string[] | undefined =>
  type === undefined ? undefined : ([type].flat() as string[]);

const valuesOf = (schema: JsonSchema): readonly unknown[] | undefined => {
  if ('const' in schema) return [schema['const']];
  return Array.isArray(schema['enum']) ? (schema['enum'] as unknown[]) : undefined;
};

const alternativesOf = ({ anyOf, oneOf }: JsonSchema): readonly JsonSchema[] | undefined => {
  const found = anyOf ?? oneOf;
  return Array.isArray(found) ? (found as JsonSchema[]) : undefined;
};

function without({ anyOf: _any, oneOf: _one, ...rest }: JsonSchema): JsonSchema {
  return rest;
}
