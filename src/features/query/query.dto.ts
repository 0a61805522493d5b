import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { isContainerName, isObjectPath } from '../../messaging/index.js';
import { isJsonObject, IsText, checkedBy } from '../../protocol/index.js';
import {
  MAX_PARAMETER_LENGTH,
  MAX_PARAMETERS,
  MAX_ROWS,
  MAX_SOURCES,
  MAX_SQL_LENGTH,
} from './query.constants.js';
import type { Parameters } from './query.engine.js';
import { SOURCE_FORMATS, type SourceFormat } from './source-format.js';

/** A stored object. */
export interface ObjectPlace {
  readonly container: string;
  readonly path: string;
}

export interface Source extends ObjectPlace {
  /** Default: by the path's extension. */
  readonly format?: SourceFormat | null;
}

const SOURCE_NAME = /^[a-z_][a-z0-9_]{0,62}$/i;
const PARAMETER_NAME = /^[a-z_][a-z0-9_]{0,127}$/i;

const isScalar = (value: unknown): boolean =>
  value === null ||
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  (typeof value === 'string' && value.length <= MAX_PARAMETER_LENGTH);

function areParameters(value: unknown): boolean {
  if (Array.isArray(value)) return value.length <= MAX_PARAMETERS && value.every(isScalar);
  if (!isJsonObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_PARAMETERS &&
    entries.every(([name, given]) => PARAMETER_NAME.test(name) && isScalar(given))
  );
}

const isPlace = (value: unknown): value is Record<string, unknown> & ObjectPlace =>
  isJsonObject(value) && isContainerName(value['container']) && isObjectPath(value['path']);

/** The format of an object; undefined if neither `format` nor its path tells. */
export function formatOf({ format, path }: Source): SourceFormat | undefined {
  if (format) return format;
  const ending = path.slice(path.lastIndexOf('.') + 1).toLowerCase();
  return SOURCE_FORMATS.find((known) => known === ending);
}

const isSource = (value: unknown): boolean => {
  if (!isPlace(value)) return false;
  const { format = null } = value;
  const known = format === null || SOURCE_FORMATS.some((one) => one === format);
  return known && formatOf({ ...value, format: format as SourceFormat | null }) !== undefined;
};

const areSources = (value: unknown): boolean => {
  if (!isJsonObject(value)) return false;
  const entries = Object.entries(value);
  return (
    entries.length <= MAX_SOURCES &&
    entries.every(([name, source]) => SOURCE_NAME.test(name) && isSource(source)) &&
    new Set(entries.map(([name]) => name.toLowerCase())).size === entries.length
  );
};

const A_PLACE_SCHEMA = {
  type: 'object',
  properties: { container: { type: 'string' }, path: { type: 'string' } },
  required: ['container', 'path'],
};
const A_SOURCE_SCHEMA = {
  ...A_PLACE_SCHEMA,
  properties: {
    ...A_PLACE_SCHEMA.properties,
    format: { type: ['string', 'null'], enum: [...SOURCE_FORMATS, null] },
  },
};

const A_PLACE = 'an object with container and path, as storage Commands have them';

/** Payload of `execute_script`. */
export class ScriptPayload {
  @IsText(MAX_SQL_LENGTH) sql!: string;
}

/** Payload of `execute`, `execute_sql` and `execute_async`. */
export class ExecutePayload extends ScriptPayload {
  /** For `?` and `$1` a list, for `$name` an object. Default []. */
  @IsOptional()
  @checkedBy(
    'areParameters',
    areParameters,
    `must be a list, or an object with names, of at most ${MAX_PARAMETERS} texts, numbers, booleans and nulls`,
    { type: ['array', 'object'], maxItems: MAX_PARAMETERS, maxProperties: MAX_PARAMETERS },
  )
  parameters?: Parameters | null;

  /** Default 1000. */
  // Of several failed checks, the error names the last one.
  @IsOptional()
  @IsInt({ message: 'must be an integer' })
  @Max(MAX_ROWS, { message: `must be from 1 to ${MAX_ROWS}` })
  @Min(1, { message: `must be from 1 to ${MAX_ROWS}` })
  max_rows?: number | null;

  /** Stored objects the query reads, by their names in the query. Default {}. */
  @IsOptional()
  @checkedBy(
    'areSources',
    areSources,
    `must map at most ${MAX_SOURCES} names to ${A_PLACE}, and a format (${SOURCE_FORMATS.join(', ')}) where the path does not end in it`,
    { type: 'object', maxProperties: MAX_SOURCES, additionalProperties: A_SOURCE_SCHEMA },
  )
  sources?: Readonly<Record<string, Source>> | null;

  /** Where the rows are written as Parquet. Default: they are in the Result. */
  @IsOptional()
  @checkedBy('isTarget', isPlace, `must be ${A_PLACE}`, A_PLACE_SCHEMA)
  target?: ObjectPlace | null;
}
