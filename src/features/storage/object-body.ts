import { invalidFieldsError } from '../../protocol/index.js';
import { PermanentError } from '../../transport/errors/index.js';
import type { PutObjectPayload } from './storage.dto.js';

type BodyFields = Pick<PutObjectPayload, 'data' | 'body' | 'body_base64'>;

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/**
 * The bytes to store. `data` is any JSON: a string as its text, anything else as
 * compact JSON; `body` is text; `body_base64` is strict base64.
 *
 * @throws {PermanentError} if none is given.
 * @throws {ValidationFailedError} if several are given, or the base64 is invalid.
 */
export function objectBody({ data, body, body_base64 }: BodyFields): Buffer {
  const given = Object.entries({ data, body, body_base64 }).filter(([, value]) => isGiven(value));
  const [first, ...more] = given;
  if (first === undefined) {
    throw new PermanentError('Missing required field: body or body_base64');
  }
  if (more.length > 0) {
    throw invalidFieldsError(
      more.map(([field]) => ({ field, message: `must not be given along with ${first[0]}` })),
    );
  }
  const [field, value] = first;
  if (field === 'body_base64') return decodeBase64(String(value));
  return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
}

/** Node skips invalid characters, so the text is valid only if encoding the result gives it back. */
function decodeBase64(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) {
    throw invalidFieldsError([{ field: 'body_base64', message: 'is not valid base64' }]);
  }
  return bytes;
}
