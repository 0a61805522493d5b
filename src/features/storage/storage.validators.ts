import { isJsonObject } from '../../common/objects.js';
import { checkedBy } from '../../protocol/index.js';
import { isContainerName, isKeyPart, isObjectPath, MAX_PATH_BYTES } from '../../messaging/index.js';
import { MAX_ETAG_LENGTH, MAX_METADATA_BYTES, MAX_METADATA_ENTRIES } from './storage.constants.js';

const METADATA_NAME = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;
// Characters that a header preserves.
const METADATA_VALUE = /^(?:[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)?$/;
const CONTENT_TYPE = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;[\x20-\x7e]*)?$/;

/** A bucket name by S3's rules, because it becomes part of a URL's path. */
export const IsContainer = (): PropertyDecorator =>
  checkedBy(
    'isContainer',
    isContainerName,
    'must be a container name: 3 to 63 lower-case letters, digits, dots and hyphens',
    { type: 'string', minLength: 3, maxLength: 63 },
  );

/**
 * An object's key. Segments `.` and `..` are refused, because URL libraries and proxies resolve them and would reach
 * another object.
 */
export const IsObjectPath = (): PropertyDecorator =>
  checkedBy(
    'isObjectPath',
    isObjectPath,
    `must have 1 to ${MAX_PATH_BYTES} bytes, no control characters and no "." or ".." segments`,
    { type: 'string', minLength: 1, maxLength: MAX_PATH_BYTES },
  );

export const IsPrefix = (): PropertyDecorator =>
  checkedBy(
    'isPrefix',
    isKeyPart,
    `must be a string of at most ${MAX_PATH_BYTES} bytes without control characters`,
    { type: 'string', maxLength: MAX_PATH_BYTES },
  );

export const IsContentType = (maxLength: number): PropertyDecorator =>
  checkedBy(
    'isContentType',
    (value) => typeof value === 'string' && value.length <= maxLength && CONTENT_TYPE.test(value),
    'must be a media type such as text/plain',
    { type: 'string', maxLength },
  );

// RFC 9110 allows more; S3 writes hexadecimal digits, a hyphen and the number of parts.
const ETAG = /^"?[\x21\x23-\x7e]+"?$/;

/** An ETag, in quotes or without. */
export const IsETag = (): PropertyDecorator =>
  checkedBy(
    'isETag',
    (value) => typeof value === 'string' && value.length <= MAX_ETAG_LENGTH && ETAG.test(value),
    'must be the ETag of an object',
    { type: 'string', maxLength: MAX_ETAG_LENGTH },
  );

const isMetadata = (value: unknown): boolean => {
  if (!isJsonObject(value)) return false;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length > MAX_METADATA_ENTRIES) return false;
  let bytes = 0;
  for (const [name, text] of entries) {
    if (!METADATA_NAME.test(name) || typeof text !== 'string' || !METADATA_VALUE.test(text)) {
      return false;
    }
    bytes += name.length + text.length;
  }
  return bytes <= MAX_METADATA_BYTES;
};

/** Names and values are sent as HTTP headers; S3 returns names in lower case. */
export const IsObjectMetadata = (): PropertyDecorator =>
  checkedBy(
    'isObjectMetadata',
    isMetadata,
    `must map header names to printable ASCII texts, at most ${MAX_METADATA_ENTRIES} and ${MAX_METADATA_BYTES} bytes in all`,
    {
      type: 'object',
      maxProperties: MAX_METADATA_ENTRIES,
      additionalProperties: { type: 'string' },
    },
  );
