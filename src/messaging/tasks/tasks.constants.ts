const PATTERN_PREFIX = 'task.';

/** Every task of a queue. */
export const TASKS = `${PATTERN_PREFIX}*`;

export const taskPattern = (name: string): string => `${PATTERN_PREFIX}${name}`;

/** Maximum retries of a task after its first attempt. */
export const MAX_RETRIES = 15;
/** The longest pause between two attempts, in seconds. */
export const MAX_RETRY_DELAY_S = 3_600;
export const RETRY_BASE_S = 1;
/** Attempts to find a missing instance, because a store may be slightly behind. */
export const MISSING_ATTEMPTS = 3;
/**
 * Receives before SQS itself dead-letters the message of a task: more than a task has attempts, so that only a task
 * whose outcome cannot be stored ends there; all others end with an event.
 */
export const TASK_MAX_RECEIVE_COUNT = 100;
/** Outcomes kept with an instance; only the ledger keeps those of earlier runs. */
export const MAX_REMEMBERED_OUTCOMES = 50;
/** SQS keeps a message for up to 14 days: after that no run is redelivered. */
export const OUTCOME_TTL_MS = 15 * 24 * 3_600_000;
/** Characters of a failure's text in its event. */
export const MAX_DETAIL_LENGTH = 1_024;
export const MAX_INSTANCE_ID_LENGTH = 1_024;
/** Visibility timeout of a task's message in seconds; renewed while the task runs. */
export const TASK_VISIBILITY_TIMEOUT_S = 60;

/** The kind of outbox entries that are the outcome of a task. */
export const TASK_OUTCOME_KIND = 'task-outcome';
export const DEFAULT_TASKS_QUEUE = 'weft-tasks';
