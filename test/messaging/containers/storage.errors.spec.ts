import { describe, expect, it } from '@jest/globals';
import { storageError } from '../../../src/messaging/index.js';

const fromS3 = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(`${name} text`), {
    name,
    $fault: httpStatusCode < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode },
  });

const place = { container: 'raw', path: 'a/b' };

describe('An error of S3', () => {
  it.each([
    ['NoSuchBucket', 404, 'Container not found: raw'],
    ['NoSuchKey', 404, 'Object not found: raw/a/b'],
    ['NotFound', 404, 'Object not found: raw/a/b'],
    ['AccessDenied', 403, 'Access denied: raw/a/b'],
    ['InvalidObjectState', 403, 'Object is archived: raw/a/b'],
    ['PermanentRedirect', 301, 'Container is in another region: raw'],
    ['EntityTooLarge', 400, 'S3 refused raw/a/b: EntityTooLarge text'],
  ])('%s becomes a clear, permanent one', (name, status, message) => {
    expect(storageError(fromS3(name, status), place)).toMatchObject({ message, retryable: false });
  });

  it.each([
    ['SlowDown', 503],
    ['InternalError', 500],
    ['RequestLimitExceeded', 400],
  ])('%s stays as it is, to be tried again', (name, status) => {
    const error = fromS3(name, status);
    expect(storageError(error, place)).toBe(error);
  });

  it('is told from a fault of our own, which stays as it is', () => {
    const bug = new TypeError('x');
    expect(storageError(bug, place)).toBe(bug);
  });
});
