import { createHash } from 'node:crypto';
import type { CollectionDefinition } from '../../../platform/persistence/index.js';
import type { StepDocument, StoredReference } from '../registry.documents.js';

export type EdgeDirection = 'read' | 'write';

/** An edge: a step reads or writes a location. One for each reference of a step. */
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
  /**
   * Time of the write, which is the step's end, or of the read, which is its start or else its end. Absent before that.
   */
  at?: string;
  /** For a read: the step that wrote this version, and when. */
  source?: string;
  source_at?: string;
  /** For a write: its column lineage. */
  columns?: EdgeColumn[];
}

/** A written column and the columns it is made from. */
export interface EdgeColumn {
  name: string;
  /** The transformation, in the producer's words. */
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

/** The fields of an edge that change while its step runs. */
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

/** Equal for the same reference of the same step, so that writing an edge twice changes nothing. */
function edgeId(stepId: string, direction: EdgeDirection, type: string, location: string): string {
  const reference = createHash('sha256')
    .update(JSON.stringify([type, location]))
    .digest('base64url');
  return `${stepId}|${direction}|${reference.slice(0, 22)}`;
}
