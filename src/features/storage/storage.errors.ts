import { isAccessDenied, isTransient } from '../../aws/index.js';
import { PermanentError } from '../../transport/errors/index.js';

interface Place {
  readonly container: string;
  readonly path?: string;
}

/**
 * What an S3 error means in words of containers and paths. An error that retrying
 * may mend comes back as it is.
 */
export function storageError(error: unknown, { container, path }: Place): unknown {
  if (!(error instanceof Error) || isTransient(error)) return error;
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
  if (error.name === 'PermanentRedirect' || error.name === 'AuthorizationHeaderMalformed') {
    return `Container is in another region: ${container}`;
  }
  // Everything else S3 says of a request has no secrets in it, but is not always clear on its own.
  return '$metadata' in error ? `S3 refused ${place}: ${error.message || error.name}` : undefined;
}
