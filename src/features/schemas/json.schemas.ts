import type { Type } from '@nestjs/common';
import type { JsonSchema } from '../../messaging/index.js';
import { Command, DataReference, Event, ExecutionRecord, Result } from '../../protocol/index.js';
import { ClassSchemas } from './class.schemas.js';

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';
const DEFINITIONS = '#/$defs/';

/** Always included, because programs in other languages rely on them. */
const PROTOCOL: readonly Type[] = [Command, Result, Event, DataReference, ExecutionRecord];

/**
 * A JSON Schema 2020-12 of each class of the protocol and of messages, by name. Each is complete: nested classes are in
 * its `$defs`.
 */
export function jsonSchemas(types: readonly Type[]): Readonly<Record<string, JsonSchema>> {
  const names = new ClassSchemas(DEFINITIONS);
  return Object.fromEntries(
    [...new Set([...PROTOCOL, ...types])].map((type) => {
      const schemas = new ClassSchemas(DEFINITIONS);
      const own = nameIn(schemas, type);
      const { [own]: schema = {}, ...others } = schemas.all;
      return [
        nameIn(names, type),
        { $schema: DRAFT, ...schema, ...(Object.keys(others).length > 0 && { $defs: others }) },
      ];
    }),
  );
}

const nameIn = (schemas: ClassSchemas, type: Type): string =>
  String(schemas.refTo(type)['$ref']).slice(DEFINITIONS.length);
