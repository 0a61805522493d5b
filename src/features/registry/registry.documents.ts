import type { CollectionDefinition } from '../../platform/persistence/index.js';
import type { JsonObject } from '../../protocol/index.js';
import type { JOB_STATUSES, LINEAGE_DIRECTIONS, STEP_STATUSES } from './registry.constants.js';

export type JobStatus = (typeof JOB_STATUSES)[number];
export type StepStatus = (typeof STEP_STATUSES)[number];
export type LineageDirection = (typeof LINEAGE_DIRECTIONS)[number];

/** What jobs and steps have in common. A time that is not there yet is a missing field. */
export interface Tracked {
  _id: string;
  status: string;
  created_at: string;
  /** The Command that made it: when it comes a second time, it is answered as the first time. */
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
  inputs: StoredReference[];
  outputs: StoredReference[];
  executions: StoredExecution[];
  duration_ms: number;
  /** The job's, which never change: lineage needs no second collection. */
  environment: string;
  logic_version: string;
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

export const JOBS_COLLECTION: CollectionDefinition<JobDocument> = {
  name: 'registry_jobs',
  indexes: [
    { fields: { created_at: -1 } },
    { fields: { pipeline: 1, created_at: -1 } },
    { fields: { status: 1, created_at: -1 } },
  ],
};

export const STEPS_COLLECTION: CollectionDefinition<StepDocument> = {
  name: 'registry_steps',
  indexes: [
    { fields: { job_id: 1 } },
    { fields: { 'outputs.location': 1 } },
    { fields: { 'inputs.location': 1 } },
  ],
};
