/** Characters in one key of a document. */
export const MAX_KEY_LENGTH = 1024;
/** Levels of nesting in a document; MongoDB itself stops at 100. */
export const MAX_DOCUMENT_DEPTH = 90;
/** Values of one SQLite query that only make it faster; SQLite itself takes 32,766 in all. */
export const MAX_PREFILTER_VALUES = 10_000;
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
/** How often an upsert that lost a race against another is retried. */
export const UPSERT_ATTEMPTS = 3;

/** How often the embedded store deletes expired documents. */
export const MAINTENANCE_INTERVAL_MS = 60_000;
/** How long SQLite itself waits for another process's write; it blocks the event loop meanwhile. */
export const SQLITE_BUSY_TIMEOUT_MS = 20;
/** How often a process that writes without a pause looks whether others wait. */
export const LOOK_FOR_WAITING_MS = 50;
/** When a waiting process that says no more that it waits is not waited for; many times its pauses. */
export const STALE_TICKET_MS = 500;
/** When the ticket of such a process is deleted. */
export const ABANDONED_TICKET_MS = 60_000;
/** How long a write waits in all for those of other processes before it fails. */
export const WRITE_LOCK_TIMEOUT_MS = 10_000;
/** The pause of the process that is next between two attempts to begin a write. */
export const WRITE_RETRY_DELAY_MS = 1;
/** How much longer the pause of a process is for each one ahead of it. */
export const WRITE_TURN_DELAY_MS = 4;
/** The longest pause between two attempts to open the file, or to read it. */
export const OPEN_RETRY_DELAY_MS = 20;
/** How long the embedded store works before it yields to the event loop. */
export const TURN_BUDGET_MS = 5;
/** Statements a connection keeps compiled. */
export const MAX_PREPARED_STATEMENTS = 256;
/** Maximum documents that one transaction inserts or deletes. */
export const WRITE_BATCH = 500;
