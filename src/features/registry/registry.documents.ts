import { withOutbox, type OutboxDocument } from '../../platform/outbox/index.js';
import type { JsonObject } from '../../protocol/index.js';
import type { JOB_STATUSES, STEP_STATUSES } from './registry.constants.js';

export type JobStatus = (typeof JOB_STATUSES)[number];
export type StepStatus = (typeof STEP_STATUSES)[number];

/** The common fields of jobs and steps. A time that is not known yet is a missing field. */
export interface Tracked extends OutboxDocument {
  status: string;
  created_at: string;
  /** The Command that created it: if redelivered, it gets the same answer again. */
  created_by: string;
  started_at?: string;
  completed_at?: string;
  /** The Command that ended it. */
  completed_by?: string;
  error: string | null;
  metadata: JsonObject;
}

export interface JobDocument extends Tracked {
  status: JobStatus;
  pipeline: string;
  environment: string;
  namespace: string;
  logic_version: string;
  /** With stored keys, see stored-keys.ts. */
  request: JsonObject;
  /** With stored keys. */
  parameters: JsonObject;
  dag_run_id: string | null;
}

export interface StepDocument extends Tracked {
  status: StepStatus;
  job_id: string;
  step_name: string;
  handler_type: string;
  action: string;
  correlation_id: string | null;
  /** Whether the caller named the step's correlation id; then a Result must have the same. */
  correlation_named?: boolean;
  /** The first `MAX_INLINE_REFERENCES`; the others are in separate chunks. */
  inputs: StoredReference[];
  outputs: StoredReference[];
  /** Their total number, if there are more than in the document. */
  more_inputs?: MoreReferences;
  more_outputs?: MoreReferences;
  executions: StoredExecution[];
  duration_ms: number;
  /** Copied from the job, where it never changes, so that lineage need not read jobs. */
  environment: string;
  logic_version: string;
  /** Absent in steps of earlier versions. */
  pipeline?: string;
  /**
   * For a step created by OpenLineage events: the number of its changes, and further facts of the events, with stored
   * keys.
   */
  revision?: number;
  facets?: JsonObject;
}

/** References beyond those a step's document holds. */
export interface MoreReferences {
  /** The id of their chunks. */
  id: string;
  /** Number of all references, including those in the document. */
  count: number;
}

export interface StoredReference {
  ref_type: string;
  location: string;
  format: string | null;
  /** With stored keys. */
  metadata: JsonObject;
}

export interface StoredExecution {
  execution_type: string;
  /** With stored keys. */
  details: JsonObject;
}

export const JOBS_COLLECTION = withOutbox<JobDocument>({
  name: 'registry_jobs',
  indexes: [
    { fields: { created_at: -1 } },
    { fields: { pipeline: 1, created_at: -1 } },
    { fields: { status: 1, created_at: -1 } },
    { fields: { environment: 1, pipeline: 1, created_at: -1 } },
  ],
});

export const STEPS_COLLECTION = withOutbox<StepDocument>({
  name: 'registry_steps',
  indexes: [{ fields: { job_id: 1, created_at: 1 } }],
});
