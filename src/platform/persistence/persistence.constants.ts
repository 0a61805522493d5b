/** Characters in one key of a document. */
export const MAX_KEY_LENGTH = 1024;
/** Levels of nesting in a document; MongoDB itself stops at 100. */
export const MAX_DOCUMENT_DEPTH = 90;
/** Entries in one `$in` or `$nin`. */
export const MAX_IN_VALUES = 1000;
/** How far beyond its end an update may write into a list; MongoDB's own limit. */
export const MAX_LIST_BACKFILL = 1_500_000;

/** How long an operation looks for a MongoDB server before it fails. */
export const SERVER_SELECTION_TIMEOUT_MS = 5_000;
/** How long one operation may wait for MongoDB's answer. */
export const SOCKET_TIMEOUT_MS = 30_000;
/** The database when the URI names none. */
export const DEFAULT_DATABASE_NAME = 'weft';
/** How often an upsert that lost a race against another is tried again. */
export const UPSERT_ATTEMPTS = 3;

/** How often the embedded store looks for files to compact and documents to expire. */
export const MAINTENANCE_INTERVAL_MS = 60_000;
/** Writes since the last compaction from which on a file is worth compacting. */
export const MIN_WRITES_TO_COMPACT = 1_000;
