import { createHash } from 'node:crypto';
import { isJsonObject, type JsonObject } from '../../../../protocol/index.js';
import { fromStoredKeys } from '../../../../platform/persistence/index.js';
import type { JobDocument, StepDocument, StoredReference } from '../../registry.documents.js';
import { datasetAt } from './datasets.js';
import {
  facetSchema,
  MAX_DATASETS_OUT,
  MAX_TEXT_LENGTH,
  PRODUCER,
  RUN_EVENT_SCHEMA,
} from './openlineage.constants.js';

const EVENT_TYPES: Readonly<Record<string, string>> = {
  success: 'COMPLETE',
  failed: 'FAIL',
  skipped: 'ABORT',
};

/**
 * An ended step as an OpenLineage RunEvent: the step is the run, its pipeline and name are the job, and the run of its
 * Weft job is the parent.
 *
 * https://openlineage.io/spec/2-0-2/OpenLineage.json
 */
export function runEventOf(step: StepDocument, job: JobDocument): JsonObject {
  const { _id: stepId } = step;
  return {
    eventType: EVENT_TYPES[step.status] ?? 'OTHER',
    eventTime: step.completed_at ?? step.created_at,
    producer: PRODUCER,
    schemaURL: RUN_EVENT_SCHEMA,
    run: { runId: runIdOf('step', stepId), facets: runFacets(step, job) },
    job: {
      namespace: job.namespace,
      name: `${job.pipeline}.${step.step_name}`,
      facets: jobFacets(step),
    },
    inputs: step.inputs.slice(0, MAX_DATASETS_OUT).map((reference) => dataset(reference)),
    outputs: step.outputs.slice(0, MAX_DATASETS_OUT).map((reference) => ({
      ...dataset(reference),
      ...outputFacets(reference),
    })),
  };
}

/** A stable UUID for an id: version 5 of RFC 9562, from names. */
function runIdOf(what: 'job' | 'step', id: string): string {
  const hash = createHash('sha1').update(`weft:${what}:${id}`).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x50;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    hex.slice(12, 16),
    hex.slice(16, 20),
    hex.slice(20, 32),
  ].join('-');
}

function runFacets(step: StepDocument, job: JobDocument): JsonObject {
  const { _id: jobId, pipeline, namespace } = job;
  return {
    parent: facet('ParentRunFacet', '1-2-0', {
      run: { runId: runIdOf('job', jobId) },
      job: { namespace, name: pipeline },
    }),
    nominalTime: facet('NominalTimeRunFacet', '1-0-1', {
      nominalStartTime: step.started_at ?? step.created_at,
      ...(step.completed_at !== undefined && { nominalEndTime: step.completed_at }),
    }),
    ...(step.error !== null &&
      step.status === 'failed' && {
        errorMessage: facet('ErrorMessageRunFacet', '1-0-1', {
          message: step.error.slice(0, MAX_TEXT_LENGTH),
          programmingLanguage: step.handler_type,
        }),
      }),
  };
}

function jobFacets(step: StepDocument): JsonObject {
  const sql = sqlOf(step);
  return {
    jobType: facet('JobTypeJobFacet', '2-0-4', {
      processingType: 'BATCH',
      integration: 'WEFT',
      jobType: step.handler_type,
    }),
    ...(sql !== undefined && { sql: facet('SQLJobFacet', '1-1-0', sql) }),
    ...(step.logic_version !== 'unknown' && {
      sourceCodeLocation: facet('SourceCodeLocationJobFacet', '1-1-0', {
        type: 'git',
        url: `urn:weft:logic_version:${encodeURIComponent(step.logic_version.toWellFormed())}`,
        version: step.logic_version,
      }),
    }),
  };
}

function sqlOf({ executions }: StepDocument): { query: string; dialect?: string } | undefined {
  const records = executions.filter(({ execution_type: type }) => type === 'sql');
  const statements = records.flatMap(({ details }) => {
    const listed: unknown = details['statements'];
    return Array.isArray(listed) ? listed.filter((one) => typeof one === 'string') : [];
  });
  if (statements.length === 0) return undefined;
  const dialect: unknown = records[0]?.details['dialect'];
  return {
    query: statements.join(';\n').slice(0, MAX_TEXT_LENGTH),
    ...(typeof dialect === 'string' && { dialect }),
  };
}

function dataset({ location, metadata }: StoredReference): JsonObject {
  const fields = schemaFields(fromStoredKeys(metadata)['schema']);
  return {
    ...datasetAt(location),
    facets: fields.length === 0 ? {} : { schema: facet('SchemaDatasetFacet', '1-2-0', { fields }) },
  };
}

/** A schema is a list of columns with name and type, or an object of types by name. */
function schemaFields(schema: unknown): JsonObject[] {
  if (Array.isArray(schema)) {
    return schema.flatMap((column: unknown) => {
      if (!isJsonObject(column) || typeof column['name'] !== 'string') return [];
      const { name, type } = column;
      return [{ name, ...(typeof type === 'string' && { type }) }];
    });
  }
  if (!isJsonObject(schema)) return [];
  return Object.entries(schema).flatMap(([name, type]) =>
    typeof type === 'string' ? [{ name, type }] : [],
  );
}

function outputFacets({ metadata }: StoredReference): JsonObject {
  const { row_count: rows, bytes } = fromStoredKeys(metadata);
  const counted = {
    ...(Number.isSafeInteger(rows) && { rowCount: rows }),
    ...(Number.isSafeInteger(bytes) && { size: bytes }),
  };
  if (Object.keys(counted).length === 0) return {};
  const name = 'OutputStatisticsOutputDatasetFacet';
  return { outputFacets: { outputStatistics: facet(name, '1-0-2', counted) } };
}

const facet = (name: string, version: string, fields: object): JsonObject => ({
  _producer: PRODUCER,
  _schemaURL: facetSchema(name, version),
  ...fields,
});
