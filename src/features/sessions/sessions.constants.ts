/** Characters in a session id, at most. */
export const MAX_SESSION_ID_LENGTH = 128;

/** Characters in `application_name` and `session_type`, at most. */
export const MAX_LABEL_LENGTH = 200;

/** Keys in a session's metadata, at most. */
export const MAX_METADATA_KEYS = 256;

/** Characters in one metadata key, at most. */
export const MAX_METADATA_KEY_LENGTH = 128;

/** Bytes of a session's whole metadata as JSON, at most; also of one change. Fits any SQS message. */
export const MAX_METADATA_BYTES = 64 * 1024;

/** Objects and arrays inside one another in one metadata value, at most. */
export const MAX_METADATA_DEPTH = 16;

/** Feedbacks of one session, at most. With the longest comments about 6 MB of MongoDB's 16. */
export const MAX_FEEDBACKS = 1000;

/** Unicode characters in a feedback's comment, at most. */
export const MAX_COMMENT_LENGTH = 1000;

/** Page sizes of the lists: what `limit` may be, and what it is when left out. */
export const SESSIONS_PAGE = { max: 100, default: 20 } as const;
export const FEEDBACK_PAGE = { max: MAX_FEEDBACKS, default: 100 } as const;

/** Characters in a list's cursor, at most. */
export const MAX_CURSOR_LENGTH = 512;

/** SNS takes a subject of fewer than 100 characters. */
export const MAX_SUBJECT_LENGTH = 99;

/** How often a metadata write that met another writer is tried again before the caller is told. */
export const MAX_WRITE_ATTEMPTS = 50;

/** How long a shutdown waits for notifications under way. */
export const NOTIFICATION_DRAIN_TIMEOUT_MS = 5_000;

/** Notifications under way at once; what comes on top while AWS does not answer is dropped. */
export const MAX_NOTIFICATIONS = 10_000;

/** Characters in the list of metadata keys to delete, at most. */
export const MAX_KEYS_QUERY_LENGTH = MAX_METADATA_KEYS * (MAX_METADATA_KEY_LENGTH + 1);
