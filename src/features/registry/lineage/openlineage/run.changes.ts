import { isTerminal } from '../../lifecycle.js';
import type { JobDocument, StepDocument, StepStatus } from '../../registry.documents.js';
import type { UpdateJobPayload } from '../../registry.dto.js';
import type { RunEvents } from './events.by.run.js';
import type { ReadEvent } from './read-event.js';

const STATUSES: Readonly<Record<string, StepStatus>> = {
  START: 'running',
  RUNNING: 'running',
  COMPLETE: 'success',
  FAIL: 'failed',
  ABORT: 'failed',
};

/** The fields of a job that events change. */
interface JobState {
  readonly status: JobDocument['status'];
  readonly started_at: string | undefined;
}

type JobChange = Omit<UpdateJobPayload, 'job_id' | 'metadata'>;

/** The change that an event makes to a job that is its run; undefined: none. */
export function jobChange(
  { status: before, started_at }: JobState,
  { eventType = '', eventTime, error }: ReadEvent,
): JobChange | undefined {
  const step = STATUSES[eventType];
  if (step === undefined) return undefined;
  const began = step === 'running' && (started_at === undefined || eventTime < started_at);
  if (isTerminal(before)) return began ? { started_at: eventTime } : undefined;
  const status = eventType === 'ABORT' || step === 'skipped' ? 'cancelled' : step;
  if (status === before && !began) return undefined;
  return {
    status,
    started_at: began ? eventTime : null,
    completed_at: isTerminal(status) ? eventTime : null,
    error: status === 'failed' ? (error ?? 'Failed') : null,
  };
}

interface Turn {
  readonly before: Partial<StepDocument>;
  readonly after: Partial<StepDocument>;
}

/** The step's fields after the events, and its announcements: each change of status, or that it was updated. */
export function advancedBy(
  step: StepDocument,
  events: RunEvents,
): { readonly fields: Partial<StepDocument>; readonly turns: readonly Turn[] } {
  const turns: Turn[] = [];
  let fields: Partial<StepDocument> = {};
  for (const event of events) {
    const before = { ...step, ...fields };
    const after = { ...fields, ...advanced(before, event) };
    if (after.status !== undefined && after.status !== before.status) {
      turns.push({ before: fields, after });
    }
    fields = after;
  }
  return { fields, turns: turns.length > 0 ? turns : [{ before: {}, after: fields }] };
}

/** Status and times after an event. The first end is kept; the earliest start counts. */
function advanced(
  step: StepDocument,
  { eventType = '', eventTime, error }: ReadEvent,
): Partial<StepDocument> {
  const status = STATUSES[eventType];
  const began =
    eventType === 'START' && (step.started_at === undefined || eventTime < step.started_at);
  const started_at = began ? eventTime : step.started_at;
  const ends = status !== undefined && isTerminal(status) && !isTerminal(step.status);
  const completed_at = ends ? eventTime : step.completed_at;
  return {
    ...(status !== undefined && !isTerminal(step.status) && { status }),
    ...(started_at !== undefined && { started_at }),
    ...(completed_at !== undefined && { completed_at }),
    ...(ends && { completed_by: step.created_by }),
    ...(ends &&
      status === 'failed' && {
        error: eventType === 'ABORT' ? (error ?? 'Aborted') : (error ?? 'Failed'),
      }),
    ...(started_at !== undefined &&
      completed_at !== undefined && {
        duration_ms: Math.max(0, Date.parse(completed_at) - Date.parse(started_at)),
      }),
  };
}
