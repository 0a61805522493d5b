/** Seconds; the contract's own. */
export const TRANSFORM_VISIBILITY_TIMEOUT_S = 900;

/** Runs of dbt at once in this process. On one DuckDB file they take turns all the same. */
export const TRANSFORM_CONCURRENCY = 2;

export const ACTIONS = ['run', 'test', 'seed', 'build', 'compile'] as const;
export type DbtAction = (typeof ACTIONS)[number];

export const MAX_SELECTORS = 1000;
export const MAX_SELECTOR_LENGTH = 4096;

/** Bytes of what a program writes that are kept, the last ones of each of its outputs. */
export const MAX_KEPT_OUTPUT_BYTES = 1024 * 1024;

/** Milliseconds from SIGTERM to SIGKILL. */
export const KILL_AFTER_MS = 10_000;

/** Lines of an error Result that say why dbt failed. */
export const MAX_ERROR_LINES = 10;

/** Bytes of a manifest; one of 10,000 models has about 100 MB. */
export const MAX_ARTIFACT_BYTES = 512 * 1024 * 1024;

/** Bytes of compiled SQL in a Result. */
export const MAX_COMPILED_BYTES = 512 * 1024;
