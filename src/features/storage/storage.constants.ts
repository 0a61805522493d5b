/**
 * Largest object that `get_object` puts into a Result. Base64 makes it a third
 * larger, it lies in memory several times over on its way through SNS's
 * claim-check, and the embedded S3 refuses a single PUT above 11 MiB.
 */
export const MAX_INLINE_OBJECT_BYTES = 8 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_PATH_BYTES = 1024;

/** Names and values together. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const MAX_METADATA_BYTES = 2048;
export const MAX_METADATA_ENTRIES = 64;
export const MAX_CONTENT_TYPE_LENGTH = 255;
export const MAX_CONTINUATION_TOKEN_LENGTH = 2048;

/** Most entries of one list, S3's own limit and its default. */
export const MAX_LISTED_OBJECTS = 1000;
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/** Seconds; the contract's own. */
export const STORAGE_VISIBILITY_TIMEOUT_S = 300;
