import { isJsonObject, type JsonObject } from '../../../protocol/index.js';
import type { StoredReference } from '../registry.documents.js';
import type { EdgeColumn } from './edge.document.js';

/** The key of column lineage in a reference's metadata. */
export const COLUMN_LINEAGE = 'column_lineage';

/** Maximum columns of one reference, and inputs of one column, that are kept. */
const MAX_COLUMNS_A_REFERENCE = 2_000;

/**
 * The column lineage of an output, from `metadata.column_lineage`: `[{ name, transformation?, inputs: [{ location,
 * column, type?, subtype? }] }]`. Entries of another form are dropped.
 */
export function columnsOf({ metadata }: StoredReference): EdgeColumn[] {
  const given: unknown = metadata[COLUMN_LINEAGE];
  if (!Array.isArray(given)) return [];
  return given.slice(0, MAX_COLUMNS_A_REFERENCE).flatMap((column: unknown) => {
    if (!isJsonObject(column) || typeof column['name'] !== 'string') return [];
    const { name, transformation, inputs } = column;
    const read = (Array.isArray(inputs) ? inputs : []).slice(0, MAX_COLUMNS_A_REFERENCE);
    return [
      {
        name,
        ...(typeof transformation === 'string' && { transformation }),
        inputs: read.flatMap(inputOf),
      },
    ];
  });
}

function inputOf(input: unknown): EdgeColumn['inputs'] {
  if (!isJsonObject(input)) return [];
  const { location, column } = input;
  if (typeof location !== 'string' || typeof column !== 'string') return [];
  return [{ location, column, ...textOf(input, 'type'), ...textOf(input, 'subtype') }];
}

function textOf<K extends string>(value: JsonObject, key: K): { [P in K]?: string } {
  const text = value[key];
  return typeof text === 'string' ? ({ [key]: text } as { [P in K]?: string }) : {};
}
