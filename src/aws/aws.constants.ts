/** SQS answers a long poll within 20 s, so a poll's time-out must be longer. */
export const LONG_POLL_MAX_MS = 20_000;

/** Attempts per call, including the first. */
export const DEFAULT_MAX_ATTEMPTS = 3;

/**
 * The SDK does not retry polls, because the poller backs off itself and must see each failure to report its health.
 */
export const POLLING_MAX_ATTEMPTS = 1;

export const DEFAULT_CONNECT_TIMEOUT_MS = 3_000;

/** From the first byte sent to the answer's head, and again from there to its end. */
export const DEFAULT_REQUEST_TIMEOUT_MS = 15_000;

/** An object's upload counts as part of the request, so S3 gets more time than the others. */
export const S3_REQUEST_TIMEOUT_MS = 120_000;

/** Time that a long poll may take beyond its wait. */
export const LONG_POLL_GRACE_MS = 10_000;

/** Sockets per host for all calls but long polls; further calls wait for one. */
export const DEFAULT_MAX_SOCKETS = 50;
