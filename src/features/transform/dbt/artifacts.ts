import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, type JsonObject } from '../../../protocol/index.js';
import { PermanentError } from '../../../transport/errors/index.js';
import { MAX_ARTIFACT_BYTES } from '../transform.constants.js';

/**
 * One node of the project, with the fields that lineage needs.
 * https://docs.getdbt.com/reference/artifacts/manifest-json
 */
export interface DbtNode {
  readonly id: string;
  readonly resourceType: string;
  readonly name: string;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  /** The name of its table. */
  readonly relation: string;
  readonly materialized: string;
  readonly parents: readonly string[];
  /** Path within the project, such as `seeds/orders.csv`. */
  readonly file: string;
}

/** The result of one node. https://docs.getdbt.com/reference/artifacts/run-results-json */
export interface DbtNodeResult {
  readonly id: string;
  /** success, error, skipped, pass, fail, warn, … */
  readonly status: string;
  readonly seconds: number;
  readonly rows: number | null;
  readonly message: string | null;
  readonly compiledSql: string | undefined;
}

export interface DbtArtifacts {
  readonly nodes: ReadonlyMap<string, DbtNode>;
  readonly results: readonly DbtNodeResult[];
}

const MANIFEST = /\/manifest\/v12\.json$/;
const RUN_RESULTS = /\/run-results\/v6\.json$/;

/**
 * Reads the artifacts of a run in its target folder.
 *
 * @returns undefined if there are none, because dbt failed before it ran anything.
 * @throws {PermanentError} for an unknown version.
 */
export async function readArtifacts(targetDir: string): Promise<DbtArtifacts | undefined> {
  const manifest = await read(join(targetDir, 'manifest.json'), MANIFEST, 'manifest v12');
  const results = await read(join(targetDir, 'run_results.json'), RUN_RESULTS, 'run-results v6');
  if (manifest === undefined || results === undefined) return undefined;
  const entries = [...entriesOf(manifest['nodes']), ...entriesOf(manifest['sources'])];
  return {
    nodes: new Map(entries.map(([id, value]) => [id, nodeOf(id, value)])),
    results: listOf(results['results']).map(resultOf),
  };
}

async function read(path: string, version: RegExp, known: string): Promise<JsonObject | undefined> {
  const { size } = await stat(path).catch(() => ({ size: undefined }));
  if (size === undefined) return undefined;
  if (size > MAX_ARTIFACT_BYTES) {
    throw new PermanentError(`The ${known} of dbt has ${size} bytes, more than the limit`);
  }
  const value: unknown = JSON.parse(await readFile(path, 'utf8'));
  const metadata = isJsonObject(value) ? value['metadata'] : undefined;
  const found = isJsonObject(metadata) ? String(metadata['dbt_schema_version']) : 'none';
  if (!isJsonObject(value) || !version.test(found)) {
    throw new PermanentError(
      `dbt wrote artifacts of an unknown version: ${found}. Weft reads ${known}, which dbt-core 1.8 to 1.11 write`,
    );
  }
  return value;
}

function nodeOf(id: string, value: JsonObject): DbtNode {
  const { resource_type, name, database, schema, alias, identifier, config, depends_on } = value;
  const parents = isJsonObject(depends_on) ? depends_on['nodes'] : undefined;
  return {
    id,
    resourceType: text(resource_type) ?? '',
    name: text(name) ?? id,
    database: text(database),
    schema: text(schema),
    relation: text(identifier) ?? text(alias) ?? text(name) ?? id,
    materialized: (isJsonObject(config) ? text(config['materialized']) : undefined) ?? '',
    parents: Array.isArray(parents) ? parents.filter((one) => typeof one === 'string') : [],
    file: text(value['original_file_path']) ?? '',
  };
}

function resultOf(value: JsonObject): DbtNodeResult {
  const { unique_id, status, execution_time, adapter_response, message, compiled_code } = value;
  const rows = isJsonObject(adapter_response) ? adapter_response['rows_affected'] : undefined;
  return {
    id: text(unique_id) ?? '',
    status: text(status) ?? 'unknown',
    seconds: typeof execution_time === 'number' ? execution_time : 0,
    // dbt writes -1 if the database does not report it.
    rows: typeof rows === 'number' && rows >= 0 ? rows : null,
    message: text(message) ?? null,
    compiledSql: text(compiled_code),
  };
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const entriesOf = (value: unknown): [string, JsonObject][] =>
  isJsonObject(value)
    ? Object.entries(value).filter((entry): entry is [string, JsonObject] => isJsonObject(entry[1]))
    : [];

const listOf = (value: unknown): JsonObject[] =>
  Array.isArray(value) ? value.filter(isJsonObject) : [];
