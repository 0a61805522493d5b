import type { Type } from '@nestjs/common';
import { defaultMetadataStorage } from 'class-transformer/cjs/storage.js';
import { IS_DATE, IS_ENUM, IS_IN, ValidationTypes } from 'class-validator';
import { isObject } from '../../common/objects.js';
import type { JsonSchema } from '../../messaging/index.js';

/** class-validator's metadata of one decorator. */
interface Metadata {
  readonly target: unknown;
  readonly propertyName: string;
  readonly constraints: readonly unknown[];
  readonly context?: unknown;
}

type Converter = (meta: Metadata) => JsonSchema;

/**
 * Converters where the library's own express less than the decorators. Our own validators define their schema in the
 * context: `ValidateBy(…, { context: { schema: { type: 'string' } } })`.
 */
export const converters = (refTo: (type: Type) => JsonSchema): Record<string, Converter> => ({
  [ValidationTypes.CUSTOM_VALIDATION]: ({ context }) => schemaIn(context),
  [ValidationTypes.NESTED_VALIDATION]: ({ target, propertyName }) => {
    const found = defaultMetadataStorage.findTypeMetadata(target as Function, propertyName);
    const type: unknown = found?.typeFunction() ?? designType(target, propertyName);
    return typeof type === 'function' && type !== Object && type !== Array
      ? refTo(type as Type)
      : {};
  },
  [IS_IN]: ({ constraints: [values] }) => listed(values),
  [IS_ENUM]: ({ constraints: [entity] }) => listed(entity),
  // The type in JSON.
  [IS_DATE]: () => ({ type: 'string', format: 'date-time' }),
});

function schemaIn(context: unknown): JsonSchema {
  const { schema } = (context ?? {}) as { readonly schema?: JsonSchema };
  return schema ?? {};
}

function designType(target: unknown, property: string): unknown {
  return typeof target === 'function'
    ? Reflect.getMetadata('design:type', target.prototype as object, property)
    : undefined;
}

/** The values of a list or of a TypeScript enum; a numeric enum contains its names besides the numbers. */
function listed(values: unknown): JsonSchema {
  if (!isObject(values)) return {};
  const all = Array.isArray(values) ? (values as unknown[]) : Object.values(values);
  const isNumeric = !Array.isArray(values) && all.some((one) => typeof one === 'number');
  const kept = isNumeric ? all.filter((one) => typeof one === 'number') : all;
  const types = new Set(kept.map((one) => typeof one));
  const [type = ''] = types;
  return { ...(types.size === 1 && type !== 'object' && { type }), enum: kept };
}
