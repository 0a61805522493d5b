/** Seconds; the contract's own. */
export const QUERY_VISIBILITY_TIMEOUT_S = 300;

/** Rows of an answer unless the Command says otherwise, and at most. */
export const DEFAULT_MAX_ROWS = 1000;
export const MAX_ROWS = 10_000;

/** Bytes of JSON up to which rows are read. Larger answers belong into an object: `target`. */
export const MAX_ROWS_BYTES = 4 * 1024 * 1024;

/** Characters; a Command by claim-check could carry far more than any query needs. */
export const MAX_SQL_LENGTH = 1_000_000;
export const MAX_PARAMETERS = 1000;
export const MAX_PARAMETER_LENGTH = 1_000_000;

/** Stored objects that one query may read. */
export const MAX_SOURCES = 20;
/** Bytes that the sources of one query may have together: they lie in the spool folder, and then in DuckDB. */
export const MAX_SOURCE_BYTES = 1024 * 1024 * 1024;

/** Milliseconds after which a folder of stored objects is nobody's any more: no message is handled for longer. */
export const MAX_SPOOL_AGE_MS = 12 * 3600 * 1000;

/** Characters of the engine's words in an error Result. */
export const MAX_ENGINE_TEXT = 500;

/** Deaths of the query process on one Command, after which it is answered rather than tried again. */
export const MAX_DEATHS = 3;

/** Milliseconds an interrupted query has to end before its process is killed. */
export const INTERRUPT_GRACE_MS = 5000;
