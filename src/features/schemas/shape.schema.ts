import type { Type } from '@nestjs/common';
import type { StandardJSONSchemaV1 } from '@standard-schema/spec';
import type { JsonSchema } from '../../messaging/index.js';
import type { PayloadShape } from '../../transport/validation/payload-shape.js';
import { isStandardSchema } from '../../transport/validation/payload-shape.js';

/** What zod takes for what JSON Schema cannot say; other libraries leave it alone. */
const LIBRARY_OPTIONS = { unrepresentable: 'any' };

/**
 * The JSON Schema of what a payload is checked by: of a class by its decorators, of a Standard Schema by itself where its
 * library can, as zod's can. Of any other nothing is known, and its schema takes everything.
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
    // Its references begin at a root that it does not have within a document.
    return '$defs' in schema ? {} : schema;
  } catch {
    // The library says that it cannot.
    return {};
  }
}
