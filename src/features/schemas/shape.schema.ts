import type { Type } from '@nestjs/common';
import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema } from '../../messaging/index.js';
import type { PayloadShape } from '../../transport/validation/payload-shape.js';
import { isStandardSchema } from '../../transport/validation/payload-shape.js';

/** zod's option for types that JSON Schema cannot express; other libraries ignore it. */
const LIBRARY_OPTIONS = { unrepresentable: 'any' };

/**
 * The JSON Schema of a payload's shape: of a class from its decorators, of a Standard Schema from its library, if that
 * can, as zod can. Any other shape gets a schema that accepts everything.
 */
export function shapeSchema(shape: PayloadShape, schemaOf: (type: Type) => JsonSchema): JsonSchema {
  if (!isStandardSchema(shape)) return schemaOf(shape);
  const { jsonSchema } = shape['~standard'] as Partial<StandardJSONSchemaV1.Props>;
  if (!jsonSchema) return {};
  try {
    const { $schema: _draft, ...schema } = jsonSchema.input({
      target: 'draft-2020-12',
      libraryOptions: LIBRARY_OPTIONS,
    });
    // Its references start at its own root, which changes within a document.
    return '$defs' in schema ? {} : schema;
  } catch {
    // The library cannot express it.
    return {};
  }
}
