/** Seconds; part of the wire contract. */
export const TRANSFORM_VISIBILITY_TIMEOUT_S = 900;

/** Concurrent runs of dbt in this process. On one DuckDB file they still take turns. */
export const TRANSFORM_CONCURRENCY = 2;

const ACTIONS = ['run', 'test', 'seed', 'build', 'compile'] as const;
export type DbtAction = (typeof ACTIONS)[number];

export const MAX_SELECTORS = 1000;
export const MAX_SELECTOR_LENGTH = 4096;

/** Bytes kept of a program's output: the last ones of standard output and of standard error. */
export const MAX_KEPT_OUTPUT_BYTES = 1024 * 1024;

/** Milliseconds from SIGTERM to SIGKILL. */
export const KILL_AFTER_MS = 10_000;

/** Maximum lines of an error Result with dbt's reasons. */
export const MAX_ERROR_LINES = 10;

/** Maximum bytes of a manifest; one of 10,000 models has about 100 MB. */
export const MAX_ARTIFACT_BYTES = 512 * 1024 * 1024;

/** Bytes of compiled SQL in a Result. */
export const MAX_COMPILED_BYTES = 512 * 1024;
