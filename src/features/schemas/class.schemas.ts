import type { Type } from '@nestjs/common';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { getMetadataStorage, ValidationTypes } from 'class-validator';
import { targetConstructorToSchema } from 'class-validator-jsonschema';
import type { JsonSchema } from '../../messaging/index.js';
import { converters } from './converters.js';
import { REQUIRED_FIELDS } from './required-fields.js';

/**
 * JSON Schemas 2020-12 of classes, made from their decorators. A nested class becomes a schema of its own.
 *
 * Schemas describe what a reader accepts: unknown fields are dropped, so they are not refused here.
 */
export class ClassSchemas {
  readonly #names = new Map<Type, string>();
  readonly #schemas = new Map<string, JsonSchema>();

  /** @param place prefix of references, such as `#/$defs/`. */
  constructor(private readonly place: string) {}

  /** A reference to the schema of a class. */
  readonly refTo = (type: Type): JsonSchema => ({ $ref: `${this.place}${this.#nameOf(type)}` });

  /** Every referenced class, and the classes nested in them. */
  get types(): readonly Type[] {
    return [...this.#names.keys()];
  }

  /** All schemas that were referenced, directly or indirectly, by name. */
  get all(): Readonly<Record<string, JsonSchema>> {
    return Object.fromEntries(
      [...this.#schemas].toSorted(([one], [other]) => (one < other ? -1 : 1)),
    );
  }

  #nameOf(type: Type): string {
    const known = this.#names.get(type);
    if (known !== undefined) return known;
    const taken = new Set(this.#names.values());
    let name = type.name;
    // Two features may have different classes of the same name.
    for (let count = 2; taken.has(name); count += 1) name = `${type.name}${count}`;
    this.#names.set(type, name);
    this.#schemas.set(name, {});
    this.#schemas.set(name, this.#schemaOf(type));
    return name;
  }

  #schemaOf(type: Type): JsonSchema {
    const schema = targetConstructorToSchema(type, {
      classTransformerMetadataStorage: defaultMetadataStorage,
      additionalConverters: converters(this.refTo),
    }) as {
      readonly properties?: object;
      readonly required?: readonly string[];
    };
    const optional = conditionalFields(type);
    const fields = (schema.properties ?? {}) as Readonly<Record<string, JsonSchema>>;
    const properties = Object.entries(fields).map(([name, property]) => [
      name,
      optional.has(name) ? orNull(property) : property,
    ]);
    const required = REQUIRED_FIELDS.get(type) ?? schema.required ?? [];
    return {
      title: type.name,
      type: 'object',
      properties: Object.fromEntries(properties) as JsonSchema,
      ...(required.length > 0 && { required }),
    };
  }
}

/** With `@IsOptional` and similar decorators null is accepted too. */
function conditionalFields(type: Type): ReadonlySet<string> {
  const all = getMetadataStorage().getTargetValidationMetadatas(type, '', true, false);
  return new Set(
    all
      .filter((one) => one.type === ValidationTypes.CONDITIONAL_VALIDATION)
      .map(({ propertyName }) => propertyName),
  );
}

function orNull(property: JsonSchema): JsonSchema {
  const { type, ...rest } = property;
  if (Object.keys(property).length === 0) return property;
  if (typeof type !== 'string') return { anyOf: [property, { type: 'null' }] };
  const values = rest['enum'];
  return {
    type: [type, 'null'],
    ...rest,
    ...(Array.isArray(values) && { enum: [...(values as unknown[]), null] }),
  };
}
