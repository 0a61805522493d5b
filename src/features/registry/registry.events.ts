import { eventEntry } from '../../messaging/index.js';
import type { OutboxEntry } from '../../platform/outbox/index.js';
import { eventOf, type JsonObject } from '../../protocol/index.js';
import { isTerminal } from './lifecycle.js';
import type { JobDocument, StepDocument, Tracked } from './registry.documents.js';

/** What happened to a job or step, as the last part of an Event's type. */
type Happened = 'created' | 'added' | 'started' | 'updated' | 'completed';

/** The name of an update, by its new status. */
export function happened({ status: before }: Tracked, status: string | undefined): Happened {
  if (status === undefined || status === before) return 'updated';
  if (isTerminal(status)) return 'completed';
  return status === 'running' ? 'started' : 'updated';
}

/** The entry that publishes `registry.job_created` and the like. @param by the Command's correlation id. */
export function jobEvent(what: Happened, job: JobDocument, by: string): OutboxEntry {
  const { _id: job_id, pipeline, environment, namespace, status, logic_version, error } = job;
  return entry(`registry.job_${what}`, by, {
    job_id,
    pipeline,
    environment,
    namespace,
    status,
    logic_version,
    created_at: job.created_at,
    started_at: job.started_at ?? null,
    completed_at: job.completed_at ?? null,
    error,
  });
}

/** The entry that publishes `registry.step_completed` and the like. @param by the correlation id of the Command or Result. */
export function stepEvent(what: Happened, step: StepDocument, by: string): OutboxEntry {
  const { _id: step_id, job_id, step_name, handler_type, action, status, error } = step;
  return entry(`registry.step_${what}`, by, {
    step_id,
    job_id,
    step_name,
    handler_type,
    action,
    environment: step.environment,
    status,
    created_at: step.created_at,
    started_at: step.started_at ?? null,
    completed_at: step.completed_at ?? null,
    duration_ms: step.duration_ms,
    input_count: inputCount(step),
    output_count: outputCount(step),
    error,
  });
}

export const inputCount = (step: StepDocument): number =>
  step.more_inputs?.count ?? step.inputs.length;
export const outputCount = (step: StepDocument): number =>
  step.more_outputs?.count ?? step.outputs.length;

const entry = (type: string, by: string, payload: JsonObject): OutboxEntry =>
  eventEntry(eventOf({ type: 'registry', correlation_id: by }, type, payload));
