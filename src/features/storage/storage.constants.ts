const MIB = 1024 * 1024;

/**
 * Largest object that `get_object` puts into an offloaded Result. In base64 it is a third larger, and several copies
 * are in memory; consumers read offloaded bodies of up to 64 MiB.
 */
export const MAX_CLAIM_CHECKED_OBJECT_BYTES = 32 * MIB;

/**
 * The same without a payload bucket: in base64 it is 240 KiB, which leaves room within SNS's 256 KiB for ids, lineage
 * and 2 KiB of metadata.
 */
export const MAX_MESSAGE_OBJECT_BYTES = 180 * 1024;

/** Seconds of validity of the URL that replaces a larger object. */
export const TRUNCATED_URL_EXPIRES_S = 3600;

/**
 * Maximum and default validity of a presigned URL, in seconds.
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export const MAX_PRESIGN_EXPIRES_S = 604_800;
export const DEFAULT_PRESIGN_EXPIRES_S = 3600;

/**
 * A larger body is uploaded in parts of this size. The embedded S3 accepts up to 11 MiB at once, AWS parts from 5 MiB.
 */
export const PART_BYTES = 8 * MIB;
/** Parts of one body uploaded at once. */
export const PARTS_AT_ONCE = 2;

/** S3 copies larger objects only in parts. https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
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

/** Seconds; part of the wire contract. */
export const STORAGE_VISIBILITY_TIMEOUT_S = 300;
