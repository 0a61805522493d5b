/** Characters in a name, id, status or type, which are also sent as SNS attributes. */
export const MAX_NAME_LENGTH = 256;
/** Characters in a location: `s3://` + bucket + a key of 1024 characters fits easily. */
export const MAX_LOCATION_LENGTH = 4096;
/** Characters in one entry of `errors`. */
export const MAX_ERROR_LENGTH = 65_536;
/** Entries in `errors`. */
export const MAX_ERRORS = 1000;
/** Maximum entries in `inputs`, and in `outputs`; so many are offloaded. */
export const MAX_REFERENCES = 100_000;
/** Entries in `executions`. */
export const MAX_EXECUTIONS = 1000;
/** Levels of nesting in a free-form object; JSON.stringify and the documents' store recurse. */
export const MAX_JSON_DEPTH = 64;
/** Characters in a time, before it is read. */
export const MAX_TIME_LENGTH = 40;
