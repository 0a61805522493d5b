import { isAccessDenied, isTransient } from '../../aws/index.js';
import { PermanentError, RetryableError } from '../../transport/errors/index.js';

interface Place {
  readonly container: string;
  readonly path?: string;
}

/** Two conditional writes of one object met; S3 asks for the one that lost to be tried again. */
const COLLISIONS = new Set(['ConditionalRequestConflict', 'OperationAborted']);

/** The ETag as other programs know it. */
export const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

/** The object is not what a conditional request asked for. */
export const isPreconditionFailed = (error: unknown): boolean =>
  error instanceof Error && error.name === 'PreconditionFailed';

/**
 * What an S3 error means in words of containers and paths. An error that retrying
 * may solve is returned as it is.
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
