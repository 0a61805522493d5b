export const JOB_STATUSES = ['pending', 'running', 'success', 'failed', 'cancelled'] as const;
export const STEP_STATUSES = ['pending', 'running', 'success', 'failed', 'skipped'] as const;
/** What jobs and steps end with; none of them is ever left again. */
export const TERMINAL_STATUSES = ['success', 'failed', 'cancelled', 'skipped'] as const;
export const LINEAGE_DIRECTIONS = ['producers', 'consumers', 'both'] as const;

export const DEFAULT_ENVIRONMENT = 'dev';
export const DEFAULT_LOGIC_VERSION = 'unknown';

/** Jobs in one answer of `query_jobs`. */
export const DEFAULT_JOBS_LIMIT = 100;
export const MAX_JOBS_LIMIT = 1000;
/** Jobs that can be passed over; beyond it, narrow the filter. */
export const MAX_JOBS_OFFSET = 1_000_000;
/** Producers, and consumers, in one answer of `get_lineage`: the newest. */
export const MAX_LINEAGE_STEPS = 1000;
export const MAX_LINEAGE_DEPTH = 50;

/** Characters in an `error`; what a Result says beyond it is cut off. */
export const MAX_ERROR_TEXT_LENGTH = 65_536;
/** Bytes of JSON in one `metadata`, `request` or `parameters`. */
export const MAX_FREE_FORM_BYTES = 262_144;

/** The registry's own Commands are short; Results are written at once. */
export const REGISTRY_VISIBILITY_TIMEOUT_S = 60;
export const RESULTS_VISIBILITY_TIMEOUT_S = 60;
