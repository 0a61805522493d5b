import { IsJsonObject, IsLabel, IsName, IsNullable } from './decorators.js';
import type { JsonObject } from './json.js';
import { parse, type Shape } from './parse.js';
import { MAX_LOCATION_LENGTH } from './protocol.constants.js';

export interface DataReferenceInit {
  ref_type: string;
  location: string;
  /** Default null. */
  format?: string | null;
  /** Default {}. */
  metadata?: JsonObject;
}

/**
 * Data that a step read or wrote: a table, a file, a stream, a model, ….
 *
 * @example
 * new DataReference({ ref_type: 'table', location: 'main.stg_departments' });
 */
export class DataReference {
  /** table, file, stream, model, api, view, or any other name. */
  @IsName() ref_type: string;
  /** Such as `main.stg_departments`, `s3://bucket/path` or `<container>/<path>`. */
  @IsName(MAX_LOCATION_LENGTH) location: string;
  @IsNullable() @IsLabel() format: string | null;
  /** row_count, bytes, schema, partition, …. */
  @IsJsonObject() metadata: JsonObject;

  constructor(init: DataReferenceInit) {
    this.ref_type = init?.ref_type;
    this.location = init?.location;
    this.format = init?.format ?? null;
    this.metadata = init?.metadata === undefined ? {} : init.metadata;
  }
}

/** How a DataReference is read from JSON, alone or within a Result. */
export const dataReferenceShape: Shape<DataReference> = {
  type: DataReference,
  fields: ['ref_type', 'location', 'format', 'metadata'],
  required: ['ref_type', 'location'],
  json: ['metadata'],
};

/** @throws {ValidationFailedError} when `value` is not a DataReference. */
export function parseDataReference(value: unknown): DataReference {
  return parse(dataReferenceShape, value, 'DataReference');
}
