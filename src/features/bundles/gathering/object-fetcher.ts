import type { Readable } from 'node:stream';
import { GetObjectCommand, type GetObjectCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied, isNotFound, isTransient } from '../../../aws/index.js';
import { RetryableError } from '../../../transport/errors/index.js';
import { RefusedObjectError } from '../bundles.errors.js';
import type { AnnouncedObject } from '../intake/announcement.js';

/** Attempts for one object, including the first, in one receive of its message. */
const MAX_ATTEMPTS = 4;

/** Reads announced objects: exactly the announced version, completely. */
export class ObjectFetcher {
  constructor(private readonly s3: () => S3Client) {}

  /**
   * An object's bytes.
   *
   * @throws {RefusedObjectError} if it no longer exists, was replaced or may not be read; otherwise a retryable error.
   */
  async fetch(object: AnnouncedObject): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
      try {
        const answer = await this.#get(object, 0);
        const bytes = Buffer.from((await answer.Body?.transformToByteArray()) ?? []);
        if (bytes.length === object.size) return bytes;
        throw shortRead(object, bytes.length);
      } catch (error) {
        rethrowUnlessWorthTrying(error, object, attempt);
      }
    }
  }

  /** Streams an object's bytes. After a broken connection it continues at the same position. */
  async *stream(object: AnnouncedObject): AsyncIterable<Buffer> {
    let read = 0;
    for (let attempt = 1; read < object.size; attempt++) {
      const before = read;
      try {
        const answer = await this.#get(object, read);
        for await (const piece of answer.Body as Readable) {
          const bytes = Buffer.from(piece as Uint8Array);
          read += bytes.length;
          yield bytes;
        }
        if (read < object.size) throw shortRead(object, read);
      } catch (error) {
        // Progress resets the number of attempts.
        if (read > before) attempt = 0;
        rethrowUnlessWorthTrying(error, object, attempt);
      }
    }
  }

  async #get(object: AnnouncedObject, from: number): Promise<GetObjectCommandOutput> {
    const { bucket, key, version_id, etag, size } = object;
    const answer = await this.s3().send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        // Only one of the two is needed, because a version never changes.
        ...(version_id === null
          ? etag !== null && { IfMatch: `"${etag}"` }
          : { VersionId: version_id }),
        ...(from > 0 && { Range: `bytes=${from}-` }),
      }),
    );
    const announced = etag === null || answer.ETag?.replaceAll('"', '') === etag;
    if (answer.ContentLength === size - from && announced) return answer;
    (answer.Body as Readable | undefined)?.destroy();
    throw replaced(object);
  }
}

const replaced = (object: AnnouncedObject, cause?: unknown): RefusedObjectError =>
  new RefusedObjectError('gone', 'was replaced before it was fetched', object, cause);

const shortRead = ({ bucket, key, size }: AnnouncedObject, read: number): RetryableError =>
  new RetryableError(`${bucket}/${key} ended after ${read} of ${size} bytes`);

/** @throws unless another attempt may succeed. */
function rethrowUnlessWorthTrying(error: unknown, object: AnnouncedObject, attempt: number): void {
  const refused = refusalOf(error, object);
  if (refused) throw refused;
  const retryable = error instanceof RetryableError || isTransient(error) || isBrokenStream(error);
  if (!retryable) throw error;
  if (attempt >= MAX_ATTEMPTS) {
    const text = `${object.bucket}/${object.key} could not be read after ${attempt} attempts`;
    throw new RetryableError(text, { cause: error });
  }
}

function refusalOf(error: unknown, object: AnnouncedObject): RefusedObjectError | undefined {
  if (error instanceof RefusedObjectError) return error;
  const name = error instanceof Error ? error.name : '';
  if (name === 'NoSuchBucket') {
    return new RefusedObjectError(
      'bad_bucket',
      'is in a bucket that does not exist',
      object,
      error,
    );
  }
  // S3 answers 405 for a version that is a delete marker.
  if (isNotFound(error) || name === 'MethodNotAllowed' || name === 'NoSuchVersion') {
    return new RefusedObjectError('gone', 'was deleted before it was fetched', object, error);
  }
  if (name === 'PreconditionFailed') return replaced(object, error);
  if (name === 'InvalidObjectState') {
    return new RefusedObjectError('forbidden', 'is archived and must be restored', object, error);
  }
  if (isAccessDenied(error)) {
    return new RefusedObjectError('forbidden', 'may not be read', object, error);
  }
  return undefined;
}

/** The error of a truncated body has no AWS name, and that of a wrong checksum only a message. */
const isBrokenStream = (error: unknown): boolean =>
  error instanceof Error &&
  !('$metadata' in error && 'httpStatusCode' in Object(error.$metadata)) &&
  (/checksum mismatch/i.test(error.message) || 'code' in error || error.message === 'aborted');
