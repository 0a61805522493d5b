import { isObject } from '../../../../common/objects.js';
import { DEFAULT_LOGIC_VERSION } from '../../registry.constants.js';
import type { JobDocument, StepDocument } from '../../registry.documents.js';
import { OPENLINEAGE_HANDLER } from './openlineage.constants.js';
import type { ReadEvent, ReadJob } from './read-event.js';

/** The new job for the first event of a run, a job or a dataset. */
export function newJob(
  id: string,
  { namespace, name }: ReadJob,
  event: ReadEvent,
  environment: string,
): JobDocument {
  return {
    _id: id,
    pipeline: name,
    environment,
    namespace,
    status: 'running',
    logic_version: logicVersion(event),
    request: {},
    parameters: {},
    dag_run_id: null,
    created_at: event.eventTime,
    created_by: id,
    error: null,
    metadata: { openlineage: { producer: event.producer } },
  };
}

/** The new step for the first event of a run. */
export function newStep(
  id: string,
  job: JobDocument,
  event: ReadEvent,
  name: string,
): StepDocument {
  const { _id: job_id, environment, pipeline } = job;
  return {
    _id: id,
    job_id,
    step_name: name,
    handler_type: OPENLINEAGE_HANDLER,
    action: 'run',
    status: 'pending',
    correlation_id: id,
    inputs: [],
    outputs: [],
    executions: executionsOf(event),
    created_at: event.eventTime,
    created_by: id,
    duration_ms: 0,
    error: null,
    metadata: {},
    environment,
    logic_version: logicVersion(event),
    pipeline,
  };
}

/** https://openlineage.io/spec/facets/1-1-0/SQLJobFacet.json */
function executionsOf({ jobFacets }: ReadEvent): StepDocument['executions'] {
  const { sql } = jobFacets;
  const query: unknown = isObject(sql) && 'query' in sql ? sql.query : undefined;
  if (typeof query !== 'string') return [];
  return [{ execution_type: 'sql', details: { statements: [query] } }];
}

function logicVersion({ jobFacets }: ReadEvent): string {
  const { sourceCodeLocation: location } = jobFacets;
  const version: unknown =
    isObject(location) && 'version' in location ? location.version : undefined;
  return typeof version === 'string' && version !== ''
    ? version.slice(0, 256)
    : DEFAULT_LOGIC_VERSION;
}
