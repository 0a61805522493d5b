/** Characters in a session id, at most. */
export const MAX_SESSION_ID_LENGTH = 255;

/** Characters in an agent id, at most. */
export const MAX_AGENT_ID_LENGTH = 128;

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

// The following limits keep the whole session document below MongoDB's 16 MiB: feedbacks 6 MiB, agents 3 MiB,
// notifications that wait 2 MiB, guardrail events 1 MiB, references to pages 1 MiB.

/** Feedbacks of one session, at most. */
export const MAX_FEEDBACKS = 1000;

/** Bytes of all feedbacks of one session as JSON, at most. */
export const MAX_FEEDBACKS_BYTES = 6 * 1024 * 1024;

/** Unicode characters in a feedback's comment, at most. */
export const MAX_COMMENT_LENGTH = 1000;

/** Bytes of a feedback's further fields as JSON, at most. */
export const MAX_FEEDBACK_EXTRAS_BYTES = 4 * 1024;

/** Characters in the name of a feedback's author, at most. */
export const MAX_AUTHOR_LENGTH = 200;

/** Guardrail events of one session, at most. */
export const MAX_GUARDRAIL_EVENTS = 1000;

/** Bytes of one guardrail event as JSON, at most. */
export const MAX_GUARDRAIL_EVENT_BYTES = 1024;

/** Agents of one session, at most. */
export const MAX_AGENTS = 32;

/** Bytes of `agent_data` as JSON, at most. */
export const MAX_AGENT_DATA_BYTES = 32 * 1024;

/** Objects and arrays inside one another in `agent_data`, a message or a further field of a feedback, at most. */
export const MAX_FREE_FORM_DEPTH = 64;

/** Bytes of one message with its metrics as JSON, at most. */
export const MAX_MESSAGE_BYTES = 100 * 1024;

/** Messages in one batch, at most. */
export const MAX_BATCH_MESSAGES = 100;

/**
 * Bytes of an agent's newest messages in the session document. The rest moves to pages of this size: larger pages are
 * fewer, smaller ones make each append and read cheaper.
 */
export const PAGE_BYTES = 64 * 1024;

/** Pages that the agents of one session refer to, at most: about 1 GiB of messages, and 1 MiB of references. */
export const MAX_PAGES = 16_000;

/** Appends with a client token that an agent remembers. A retry is recognised for as long as its append is among them. */
export const REMEMBERED_TOKENS = 256;

/** Characters in a client token, at most. */
export const MAX_CLIENT_TOKEN_LENGTH = 255;

/** Changes of metadata that a session keeps for event streams that resume. */
export const KEPT_CHANGES = 100;

/** Bytes of the kept changes as JSON, at most; the oldest go first. */
export const KEPT_CHANGES_BYTES = 512 * 1024;

/** Bytes of waiting or parked notifications in one session above which further announced changes are refused. */
export const MAX_WAITING_BYTES = 2 * 1024 * 1024;

/** Page sizes of the lists: the maximum of `limit`, and its default. */
export const SESSIONS_PAGE = { max: 100, default: 20 } as const;
export const FEEDBACK_PAGE = { max: MAX_FEEDBACKS, default: 100 } as const;
export const MESSAGES_PAGE = { max: 1000, default: 50 } as const;

/** Bytes of messages in one answer; the list ends there, and continues at `next_offset`. */
export const MAX_ANSWERED_MESSAGES_BYTES = 4 * 1024 * 1024;

/** Number of newest feedbacks and guardrail events in the answer for a session. */
export const SHOWN_WITH_SESSION = 50;

/** Characters in a list's cursor, at most. */
export const MAX_CURSOR_LENGTH = 2048;

/** SNS requires a subject of fewer than 100 characters. */
export const MAX_SUBJECT_LENGTH = 99;

/** How often a write that met another writer is retried before the caller gets an error. */
export const MAX_WRITE_ATTEMPTS = 200;

/** Maximum milliseconds, drawn at random, that a writer waits before it tries again. */
export const MAX_WRITE_PAUSE_MS = 25;

/** Characters in the list of metadata keys to delete, at most. */
export const MAX_KEYS_QUERY_LENGTH = MAX_METADATA_KEYS * (MAX_METADATA_KEY_LENGTH + 1);

/** Seconds that a viewer token is valid. */
export const VIEWER_TOKEN_SECONDS = 5 * 60;

/** Milliseconds between two searches for expired sessions. */
export const EXPIRY_INTERVAL_MS = 60_000;

/** Milliseconds between two checks of the metadata queue. */
export const QUEUE_MONITOR_INTERVAL_MS = 60_000;

/** Maximum sessions deleted in one search. */
export const EXPIRY_BATCH = 100;
