import { createHash } from 'node:crypto';
import type { CollectionDefinition } from '../../../platform/persistence/index.js';
import type { StepDocument, StoredReference } from '../registry.documents.js';

export type EdgeDirection = 'read' | 'write';

/** That a step reads, or writes, what is at a location: one for each reference of a step. */
export interface EdgeDocument {
  _id: string;
  direction: EdgeDirection;
  location: string;
  ref_type: string;
  step_id: string;
  job_id: string;
  pipeline: string | null;
  environment: string;
  step_name: string;
  handler_type: string;
  logic_version: string;
  created_at: string;
  started_at?: string;
  completed_at?: string;
  /** When it was written: the step's end. When it was read: the step's start, else its end. Absent before that. */
  at?: string;
  /** Of a read: the step that wrote the version which was read, and when. */
  source?: string;
  source_at?: string;
  /** Of a write: where its columns come from. */
  columns?: EdgeColumn[];
}

/** A column that is written, and those it is made of. */
export interface EdgeColumn {
  name: string;
  /** What is done to them, as the producer says it. */
  transformation?: string;
  inputs: { location: string; column: string; type?: string; subtype?: string }[];
}

export const EDGES_COLLECTION: CollectionDefinition<EdgeDocument> = {
  name: 'registry_edges',
  indexes: [
    { fields: { location: 1, direction: 1, at: -1 } },
    { fields: { step_id: 1, direction: 1 } },
    { fields: { source: 1 }, sparse: true },
  ],
};

/** What of an edge changes while its step goes on. */
export type EdgeTimes = Pick<EdgeDocument, 'started_at' | 'completed_at' | 'at'>;

export function edgeOf(
  step: StepDocument,
  direction: EdgeDirection,
  { location, ref_type }: StoredReference,
): EdgeDocument {
  const { _id: step_id, job_id, environment, step_name, handler_type, logic_version } = step;
  return {
    _id: edgeId(step_id, direction, ref_type, location),
    direction,
    location,
    ref_type,
    step_id,
    job_id,
    pipeline: step.pipeline ?? null,
    environment,
    step_name,
    handler_type,
    logic_version,
    created_at: step.created_at,
    ...timesOf(step, direction),
  };
}

export function timesOf(
  { started_at, completed_at }: StepDocument,
  direction: EdgeDirection,
): EdgeTimes {
  const at = direction === 'write' ? completed_at : (started_at ?? completed_at);
  return {
    ...(started_at !== undefined && { started_at }),
    ...(completed_at !== undefined && { completed_at }),
    ...(at !== undefined && { at }),
  };
}

/** The same for the same reference of the same step, so that writing an edge again changes nothing. */
function edgeId(stepId: string, direction: EdgeDirection, type: string, location: string): string {
  const reference = createHash('sha256')
    .update(JSON.stringify([type, location]))
    .digest('base64url');
  return `${stepId}|${direction}|${reference.slice(0, 22)}`;
}
