import { isDeepStrictEqual } from 'node:util';
import type { JsonSchema } from '../../messaging/index.js';
import { flat, isSchema, join, propertiesOf, requiredOf, type Rooted } from './schema.nodes.js';

/** One way in which a schema accepts less than another. */
interface Narrowing {
  /** Such as `payload.items[].price`. */
  readonly path: string;
  /** A keyword of JSON Schema. */
  readonly rule: string;
  readonly wide: unknown;
  readonly narrow: unknown;
}

const LOWER_BOUNDS = ['minimum', 'exclusiveMinimum', 'minLength', 'minItems', 'minProperties'];
const UPPER_BOUNDS = ['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems', 'maxProperties'];
/** Keywords that cannot be compared, so any difference may narrow the schema. */
const OPAQUE = ['pattern', 'format', 'multipleOf', 'not', 'contentEncoding', 'uniqueItems'];

/**
 * Everything in which `narrow` accepts less than `wide`. For messages that are read, `wide` is the old schema and
 * `narrow` the new one; for those that are written, the reverse. Fields that only one of them has are left to the
 * caller, unless they are required.
 */
export const narrowings = (wide: Rooted, narrow: Rooted): readonly Narrowing[] =>
  new Comparison(wide.root, narrow.root).compare(wide.schema, narrow.schema, '');

class Comparison {
  /** Pairs being compared, because a class may contain itself. */
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
