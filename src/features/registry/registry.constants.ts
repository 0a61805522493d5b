export const JOB_STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] as const;
export const STEP_STATUSES = ['pending', 'running', 'success', 'failed', 'skipped'] as const;
/** Terminal statuses of jobs and steps; they never change. */
export const TERMINAL_STATUSES = ['success', 'failed', 'cancelled', 'skipped'] as const;

export const DEFAULT_ENVIRONMENT = 'dev';
export const DEFAULT_LOGIC_VERSION = 'unknown';

/** Jobs in one answer of `query_jobs`. */
export const DEFAULT_JOBS_LIMIT = 100;
export const MAX_JOBS_LIMIT = 1000;
/** Maximum offset; beyond it, narrow the filter or use the cursor. */
export const MAX_JOBS_OFFSET = 1_000_000;
/** Characters of a cursor: a time and an id, encoded. */
export const MAX_CURSOR_LENGTH = 2048;
/** Pipelines in one answer of `list_pipelines`. */
export const MAX_PIPELINES = 100;
/** Steps of a job that `get_job_steps` answers with. */
export const MAX_JOB_STEPS = 100_000;
/** References within a step's document; the others are in chunks of the same size. */
export const MAX_INLINE_REFERENCES = 1000;
/** How long chunks of references are kept that no step refers to. */
export const UNUSED_CHUNK_TTL_S = 86_400;
/** Steps that `cancel_job` skips by one call of the store. */
export const SKIPPED_STEPS_BATCH = 500;

/** Maximum characters of an `error`; longer ones of a Result are cut. */
export const MAX_ERROR_TEXT_LENGTH = 65_536;
/** Bytes of JSON in one `metadata`, `request` or `parameters`. */
export const MAX_FREE_FORM_BYTES = 262_144;

/** The registry's own Commands are short; Results are written at once. */
export const REGISTRY_VISIBILITY_TIMEOUT_S = 60;
export const RESULTS_VISIBILITY_TIMEOUT_S = 60;
/** Results written together; the first one waits for others for this many milliseconds. */
export const RESULTS_BATCH = { maxMessages: 50, lingerMs: 10 } as const;
