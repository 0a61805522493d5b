/** Bytes of a request's body; larger ones are refused with 413. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Maximum bytes of a body that is read from a caller without a key. */
export const MAX_KEYLESS_BODY_BYTES = 4096;

/** Connections at once, 10,000 event streams included; more are closed as they come. */
export const MAX_CONNECTIONS = 12_000;

/** Headers of one request; Node drops the rest. */
export const MAX_HEADERS = 100;

/** Milliseconds in which the headers of a request have to arrive. */
export const HEADERS_TIMEOUT_MS = 10_000;

/** Milliseconds in which a request has to arrive whole, its 1 MiB included. */
export const REQUEST_TIMEOUT_MS = 30_000;

/** Maximum number of faults that an answer names; a hostile body could have thousands. */
export const MAX_NAMED_ERRORS = 100;

/** Milliseconds that pending answers may take once the service is closing. */
export const HTTP_DRAIN_TIMEOUT_MS = 5000;

export const OPENAPI_PATH = 'api/openapi.json';
export const DOCS_PATH = 'api/docs';
export const ERRORS_PATH = 'api/errors';
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
