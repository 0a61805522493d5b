import type { StoredOutcome, RememberedOutcome } from './task.repository.js';
import { MAX_REMEMBERED_OUTCOMES } from './tasks.constants.js';

/** The part of an update that stores an outcome, beside the changes of the instance. */
export function outcomeUpdate({ runId, task, outcome, entry, thenDelete }: StoredOutcome) {
  const remembered: RememberedOutcome = {
    run: runId,
    task,
    outcome,
    at: new Date().toISOString(),
  };
  return {
    set: thenDelete ? { outbox_then_delete: true } : {},
    push: {
      outbox: { $each: [entry] },
      task_outcomes: { $each: [remembered], $slice: -MAX_REMEMBERED_OUTCOMES },
    },
  };
}
