/** Bytes of a request's body; larger ones are refused with 413. */
export const MAX_BODY_BYTES = 1024 * 1024;

/** Most faults one answer names; a hostile body could have thousands. */
export const MAX_NAMED_ERRORS = 100;

/** Milliseconds that answers under way may take once the service is closing. */
export const HTTP_DRAIN_TIMEOUT_MS = 5000;

export const OPENAPI_PATH = 'api/openapi.json';
export const DOCS_PATH = 'api/docs';
export const PROBLEM_CONTENT_TYPE = 'application/problem+json';
