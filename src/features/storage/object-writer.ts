import { createHash } from 'node:crypto';
import { HeadObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { isPreconditionFailed, unquoted } from '../../messaging/index.js';
import { PART_BYTES, PARTS_AT_ONCE } from './storage.constants.js';

/** The condition for replacing an object. */
export type WriteCondition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: string };

export interface ObjectToWrite {
  readonly container: string;
  readonly path: string;
  readonly body: Buffer;
  readonly contentType: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Absent: an existing object is replaced. */
  readonly condition?: WriteCondition | undefined;
  /** Correlation id of the Command. */
  readonly correlationId: string;
}

interface WrittenObject {
  readonly etag: string;
  readonly version_id: string | null;
}

/** Name of the user metadata by which a repeated conditional write recognises its own object. */
export const WRITE_ID = 'weft-write-id';

/** Stores bodies from memory, large ones in parts. */
export class ObjectWriter {
  constructor(private readonly s3: () => S3Client) {}

  /**
   * A conditional write that is repeated, such as after a crash before its message was acknowledged, finds the object
   * it wrote itself. It recognises this by an id in the object's metadata and succeeds; an unconditional write writes
   * the same again.
   */
  async write(object: ObjectToWrite, signal?: AbortSignal): Promise<WrittenObject> {
    if (object.condition === undefined) return this.#send(object, object.metadata, signal);
    const id = writeId(object);
    try {
      return await this.#send(object, { ...object.metadata, [WRITE_ID]: id }, signal);
    } catch (error) {
      const own = isPreconditionFailed(error) ? await this.#writtenBefore(object, id) : undefined;
      if (own === undefined) throw error;
      return own;
    }
  }

  async #send(
    { container, path, body, contentType, condition }: ObjectToWrite,
    metadata: Readonly<Record<string, string>>,
    signal: AbortSignal | undefined,
  ): Promise<WrittenObject> {
    const params = {
      Bucket: container,
      Key: path,
      Body: body,
      ContentType: contentType,
      Metadata: metadata,
      ...condition,
    };
    const answer =
      body.length > PART_BYTES
        ? await this.#upload(params, signal)
        : await this.s3().send(
            new PutObjectCommand(params),
            signal ? { abortSignal: signal } : undefined,
          );
    return { etag: unquoted(answer.ETag), version_id: answer.VersionId ?? null };
  }

  async #upload(params: Upload['params'], signal: AbortSignal | undefined) {
    const upload = new Upload({
      client: this.s3(),
      params,
      partSize: PART_BYTES,
      queueSize: PARTS_AT_ONCE,
    });
    const abort = (): void => void upload.abort();
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      return await upload.done();
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async #writtenBefore(
    { container, path }: ObjectToWrite,
    id: string,
  ): Promise<WrittenObject | undefined> {
    const there = await this.s3().send(new HeadObjectCommand({ Bucket: container, Key: path }));
    if (there.Metadata?.[WRITE_ID] !== id) return undefined;
    return { etag: unquoted(there.ETag), version_id: there.VersionId ?? null };
  }
}

/** Equal only for the same Command: several Commands may share a correlation id. */
function writeId({ correlationId, container, path, body, condition }: ObjectToWrite): string {
  const hash = createHash('sha256');
  hash.update(JSON.stringify([correlationId, container, path, condition]));
  return hash.update(body).digest('hex').slice(0, 32);
}
