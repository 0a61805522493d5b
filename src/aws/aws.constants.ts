/** SQS answers a long poll after 20 s at the latest, so nothing that polls may time out before. */
export const LONG_POLL_MAX_MS = 20_000;

/** Attempts per call, the first one counted. */
export const DEFAULT_MAX_ATTEMPTS = 3;

/**
 * A poller backs off by itself and has to see each failure to report its health,
 * so the SDK does not retry a poll behind its back.
 */
export const POLLING_MAX_ATTEMPTS = 1;

export const DEFAULT_CONNECT_TIMEOUT_MS = 3_000;

/** From the first byte sent to the answer's head. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/** An object's upload counts as part of the request, so S3 gets more time than the others. */
export const S3_REQUEST_TIMEOUT_MS = 120_000;

/** What an answered long poll may take over and above its wait. */
export const LONG_POLL_GRACE_MS = 10_000;

/** Sockets per host for everything but long polls; further calls queue up for one. */
export const DEFAULT_MAX_SOCKETS = 50;
