const MIB = 1024 * 1024;

/**
 * Largest object that `get_object` puts into a Result that goes by claim-check.
 * In base64 it is a third larger and lies in memory several times over on its
 * way; consumers read claim-checks of up to 64 MiB.
 */
export const MAX_CLAIM_CHECKED_OBJECT_BYTES = 32 * MIB;

/**
 * The same where no payload bucket is configured: in base64 it is 240 KiB, and
 * SNS's 256 KiB leave room for the ids, the lineage and 2 KiB of metadata.
 */
export const MAX_MESSAGE_OBJECT_BYTES = 180 * 1024;

/** Seconds the URL is valid that stands in for a larger object. */
export const TRUNCATED_URL_EXPIRES_S = 3600;

/** Seconds; a presigned URL's longest and default lives. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html */
export const MAX_PRESIGN_EXPIRES_S = 604_800;
export const DEFAULT_PRESIGN_EXPIRES_S = 3600;

/** Above this a body goes up in parts, and in parts of this size. The embedded S3 takes 11 MiB in one piece, AWS parts from 5 MiB. */
export const PART_BYTES = 8 * MIB;
/** Parts of one body on their way at once. */
export const PARTS_AT_ONCE = 2;

/** Above this S3 copies in parts alone. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
export const MAX_SINGLE_COPY_BYTES = 5 * 1024 * MIB;
export const COPY_PART_BYTES = 1024 * MIB;

/** Names and values together. https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html */
export const MAX_METADATA_BYTES = 2048;
export const MAX_METADATA_ENTRIES = 64;
export const MAX_CONTENT_TYPE_LENGTH = 255;
export const MAX_CONTINUATION_TOKEN_LENGTH = 2048;
export const MAX_ETAG_LENGTH = 256;

/** Most entries of one list, S3's own limit and its default. */
export const MAX_LISTED_OBJECTS = 1000;
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

/** Seconds; the contract's own. */
export const STORAGE_VISIBILITY_TIMEOUT_S = 300;
