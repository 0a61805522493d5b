import { isAccessDenied, isTransient } from '../../aws/index.js';
import { PermanentError, RetryableError } from '../../transport/errors/index.js';

interface Place {
  readonly container: string;
  readonly path?: string;
}

/** Two conditional writes of one object collided; S3 requires the loser to retry. */
const COLLISIONS = new Set(['ConditionalRequestConflict', 'OperationAborted']);

/** The ETag without quotes, as other programs use it. */
export const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

/** Whether the condition of a request was not met. */
export const isPreconditionFailed = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PreconditionFailed';

/**
 * Translates an S3 error to containers and paths. A retryable error is returned unchanged.
 */
export function storageError(error: unknown, { container, path }: Place): unknown {
  if (!(error instanceof Error) || isTransient(error)) return error;
  if (COLLISIONS.has(error.name)) {
    const text = `Another write of ${container}/${path ?? ''} was under way`;
    return new RetryableError(text, { cause: error });
  }
  const text = textFor(error, container, path);
  return text === undefined ? error : new PermanentError(text, { cause: error });
}

function textFor(error: Error, container: string, path: string | undefined): string | undefined {
  const place = path === undefined ? container : `${container}/${path}`;
  if (error.name === 'NoSuchBucket') return `Container not found: ${container}`;
  if (error.name === 'NoSuchKey' || error.name === 'NotFound') {
    return path === undefined ? `Container not found: ${container}` : `Object not found: ${place}`;
  }
  // A 403 like any refusal, so it is asked for first.
  if (error.name === 'InvalidObjectState') return `Object is archived: ${place}`;
  if (isAccessDenied(error)) return `Access denied: ${place}`;
  if (isPreconditionFailed(error)) return `Precondition failed: ${place} exists or has changed`;
  if (error.name === 'PermanentRedirect' || error.name === 'AuthorizationHeaderMalformed') {
    return `Container is in another region: ${container}`;
  }
  // Everything else S3 says of a request has no secrets in it, but is not always clear on its own.
  return '$metadata' in error ? `S3 refused ${place}: ${error.message || error.name}` : undefined;
}
