import {
  CopyObjectCommand,
  HeadObjectCommand,
  UploadPartCopyCommand,
  type CompletedPart,
  type HeadObjectCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';
import { uploadInParts, type StartedUpload } from '../../aws/multipart-upload.js';
import {
  COPY_PART_BYTES,
  DEFAULT_CONTENT_TYPE,
  MAX_SINGLE_COPY_BYTES,
} from './storage.constants.js';
import type { ObjectPayload } from './storage.dto.js';
import { unquoted } from '../../messaging/index.js';

export interface CopiedObject {
  readonly etag: string;
  readonly version_id: string | null;
  readonly content_type: string;
  /** Bytes. */
  readonly size: number;
}

interface CopyLimits {
  /** Bytes up to which one call copies. */
  readonly singleBytes: number;
  /** Bytes of a part of a larger object. */
  readonly partBytes: number;
}

const S3_LIMITS: CopyLimits = { singleBytes: MAX_SINGLE_COPY_BYTES, partBytes: COPY_PART_BYTES };

/** Copies objects within S3, without downloading them. */
export class ObjectCopier {
  constructor(
    private readonly s3: () => S3Client,
    private readonly limits: CopyLimits = S3_LIMITS,
  ) {}

  /**
   * Copies the current object, with content type and metadata. If it is replaced meanwhile, the copy fails instead of
   * mixing both.
   */
  async copy(
    source: ObjectPayload,
    target: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<CopiedObject> {
    const options = signal ? { abortSignal: signal } : undefined;
    const head = await this.s3().send(
      new HeadObjectCommand({ Bucket: source.container, Key: source.path }),
      options,
    );
    const size = head.ContentLength ?? 0;
    const copied =
      size > this.limits.singleBytes
        ? await this.#inParts(source, target, head, signal)
        : await this.#atOnce(source, target, head, signal);
    return { ...copied, content_type: head.ContentType ?? DEFAULT_CONTENT_TYPE, size };
  }

  async #atOnce(
    source: ObjectPayload,
    { container, path }: ObjectPayload,
    head: HeadObjectCommandOutput,
    signal: AbortSignal | undefined,
  ): Promise<Pick<CopiedObject, 'etag' | 'version_id'>> {
    const answer = await this.s3().send(
      new CopyObjectCommand({
        Bucket: container,
        Key: path,
        CopySource: copySource(source, head),
        CopySourceIfMatch: head.ETag,
      }),
      signal ? { abortSignal: signal } : undefined,
    );
    return { etag: unquoted(answer.CopyObjectResult?.ETag), version_id: answer.VersionId ?? null };
  }

  async #inParts(
    source: ObjectPayload,
    { container, path }: ObjectPayload,
    head: HeadObjectCommandOutput,
    signal: AbortSignal | undefined,
  ): Promise<Pick<CopiedObject, 'etag' | 'version_id'>> {
    const object = {
      Bucket: container,
      Key: path,
      ContentType: head.ContentType,
      Metadata: head.Metadata,
    };
    const copyParts = async (upload: StartedUpload): Promise<CompletedPart[]> => {
      const parts: CompletedPart[] = [];
      for (const [index, CopySourceRange] of ranges(head, this.limits.partBytes).entries()) {
        const part = {
          ...upload,
          PartNumber: index + 1,
          CopySource: copySource(source, head),
          CopySourceIfMatch: head.ETag,
          CopySourceRange,
        };
        const { CopyPartResult: copied } = await this.s3().send(
          new UploadPartCopyCommand(part),
          signal ? { abortSignal: signal } : undefined,
        );
        parts.push({ PartNumber: part.PartNumber, ETag: copied?.ETag });
      }
      return parts;
    };
    const answer = await uploadInParts(this.s3(), object, copyParts, signal);
    return { etag: unquoted(answer.ETag), version_id: answer.VersionId ?? null };
  }
}

/** URL-encoded, including the slashes of the key, because S3 decodes it. */
const copySource = (
  { container, path }: ObjectPayload,
  { VersionId: version }: HeadObjectCommandOutput,
): string =>
  `${container}/${encodeURIComponent(path)}` +
  (version === undefined ? '' : `?versionId=${encodeURIComponent(version)}`);

function ranges({ ContentLength: size = 0 }: HeadObjectCommandOutput, partBytes: number): string[] {
  const parts = Math.ceil(size / partBytes);
  return Array.from({ length: parts }, (_, index) => {
    const last = Math.min(size, (index + 1) * partBytes) - 1;
    return `bytes=${index * partBytes}-${last}`;
  });
}
