// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
const CONTAINER = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const UNSPEAKABLE = /[\p{Cc}\p{Cs}\ufffe\uffff]/u;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_PATH_BYTES = 1024;

/** A bucket name by S3's rules, because it becomes part of a URL's path. */
export const isContainerName = (value: unknown): value is string =>
  typeof value === 'string' && CONTAINER.test(value);

/** A text that is part of a key; may be empty. */
export const isKeyPart = (value: unknown): value is string =>
  typeof value === 'string' &&
  value.length <= MAX_PATH_BYTES &&
  Buffer.byteLength(value) <= MAX_PATH_BYTES &&
  !UNSPEAKABLE.test(value);

/**
 * An object's key. Segments `.` and `..` are refused, because URL libraries and proxies resolve them and would reach
 * another object.
 */
export const isObjectPath = (value: unknown): value is string =>
  isKeyPart(value) &&
  value !== '' &&
  !value.split('/').some((segment) => segment === '.' || segment === '..');
