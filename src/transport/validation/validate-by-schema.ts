import type { StandardSchemaV1 } from '@standard-schema/spec';

import { MAX_MESSAGE_LENGTH, MAX_VIOLATIONS } from '../errors/violations.js';
import { isObject } from '../../common/objects.js';
import type { Violation } from '../errors/index.js';
import { valuesOf } from './check-values.js';
import { attempt, payloadErrorFor } from './payload.error.js';

/**
 * Validates a payload by a Standard Schema and returns the schema's output.
 *
 * @throws ValidationFailedError for a payload that does not fit, and when the schema throws, as it would at every
 * attempt. A rejection of an asynchronous schema is passed on, because its cause may be a service that the schema
 * called.
 */
export async function validBySchema<T>(
  schema: StandardSchemaV1<unknown, T>,
  payload: unknown,
): Promise<T> {
  const standard = schema['~standard'];
  const toError = payloadErrorFor(`its schema (${standard.vendor})`);
  if (isObject(payload)) {
    const counted = valuesOf(payload, 'any key');
    if ('fault' in counted) throw toError([counted.fault]);
  }
  const result = await attempt(() => standard.validate(payload), toError);
  if (!result.issues) return result.value;
  throw toError(result.issues.slice(0, MAX_VIOLATIONS).map(violationOf));
}

const violationOf = ({ path = [], message }: StandardSchemaV1.Issue): Violation => ({
  field:
    path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.') || 'payload',
  message: message.slice(0, MAX_MESSAGE_LENGTH),
});
