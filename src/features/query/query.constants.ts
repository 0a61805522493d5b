/** Seconds; part of the wire contract. */
export const QUERY_VISIBILITY_TIMEOUT_S = 300;

/** Rows of an answer by default, and the maximum. */
export const DEFAULT_MAX_ROWS = 1000;
export const MAX_ROWS = 10_000;

/** Maximum bytes of JSON for rows; write larger results to an object with `target`. */
export const MAX_ROWS_BYTES = 4 * 1024 * 1024;

/** Characters; an offloaded Command could carry far more than any query needs. */
export const MAX_SQL_LENGTH = 1_000_000;
export const MAX_PARAMETERS = 1000;
export const MAX_PARAMETER_LENGTH = 1_000_000;

/** Stored objects that one query may read. */
export const MAX_SOURCES = 20;
/** Maximum bytes of all sources of one query, which are first in the spool folder and then in DuckDB. */
export const MAX_SOURCE_BYTES = 1024 * 1024 * 1024;

/** Age in milliseconds at which a spool folder is deleted as abandoned: no message is handled for longer. */
export const MAX_SPOOL_AGE_MS = 12 * 3600 * 1000;

/** Characters of the engine's message in an error Result. */
export const MAX_ENGINE_TEXT = 500;

/** After this many deaths of the query process, the Command is answered with an error instead of retried. */
export const MAX_DEATHS = 3;

/** Milliseconds in which an interrupted query must end before its process is killed. */
export const INTERRUPT_GRACE_MS = 5000;
