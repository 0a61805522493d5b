import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type GetObjectCommandOutput,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { Injectable } from '@nestjs/common';
import { AwsClients } from '../../aws/index.js';
import { normalizeTime } from '../../protocol/index.js';
import { PermanentError } from '../../transport/errors/index.js';
import { objectBody } from './object-body.js';
import {
  DEFAULT_CONTENT_TYPE,
  MAX_INLINE_OBJECT_BYTES,
  MAX_LISTED_OBJECTS,
} from './storage.constants.js';
import type { ListObjectsPayload, ObjectPayload, PutObjectPayload } from './storage.dto.js';
import { storageError } from './storage.errors.js';

export interface StoredObject {
  readonly etag: string;
  readonly version_id: string | null;
  readonly content_type: string;
  /** Bytes. */
  readonly size: number;
}

// Types rather than interfaces: only those fit a JsonObject.
export type ObjectDescription = {
  content_type: string;
  /** Bytes. */
  content_length: number;
  etag: string;
  metadata: Record<string, string>;
  last_modified: string | null;
};

export type ObjectList = {
  objects: { path: string; size: number; etag: string; last_modified: string | null }[];
  is_truncated: boolean;
  continuation_token: string | null;
  count: number;
};

/** Objects in S3, in words of containers and paths. */
@Injectable()
export class StorageService {
  constructor(private readonly aws: AwsClients) {}

  async put(payload: PutObjectPayload, signal?: AbortSignal): Promise<StoredObject> {
    const { container, path, content_type, metadata } = payload;
    const body = objectBody(payload);
    const contentType = content_type ?? DEFAULT_CONTENT_TYPE;
    const command = new PutObjectCommand({
      Bucket: container,
      Key: path,
      Body: body,
      ContentType: contentType,
      Metadata: metadata ?? {},
    });
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    return {
      etag: unquoted(answer.ETag),
      version_id: answer.VersionId ?? null,
      content_type: contentType,
      size: body.length,
    };
  }

  /** @throws {PermanentError} when the object is larger than a Result may be. */
  async get(
    payload: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<ObjectDescription & { body_base64: string; size: number }> {
    const command = new GetObjectCommand(keyOf(payload));
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    const tooLarge = (answer.ContentLength ?? 0) > MAX_INLINE_OBJECT_BYTES;
    if (tooLarge || answer.Body === undefined) {
      // Unread, the body would hold its connection until it times out.
      destroy(answer.Body);
      throw new PermanentError(
        `Object too large for a Result: ${payload.container}/${payload.path} has ${answer.ContentLength} bytes, the limit is ${MAX_INLINE_OBJECT_BYTES}`,
      );
    }
    const bytes = Buffer.from(await this.#at(payload, answer.Body.transformToByteArray()));
    return { ...described(answer), body_base64: bytes.toString('base64'), size: bytes.length };
  }

  async head(
    payload: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<ObjectDescription & { size: number }> {
    const command = new HeadObjectCommand(keyOf(payload));
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    return { ...described(answer), size: answer.ContentLength ?? 0 };
  }

  /** Deleting what is not there is a success as well. */
  async delete(
    payload: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<{ version_id: string | null }> {
    const command = new DeleteObjectCommand(keyOf(payload));
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    return { version_id: answer.VersionId ?? null };
  }

  async list(payload: ListObjectsPayload, signal?: AbortSignal): Promise<ObjectList> {
    const { container, prefix, max_keys, continuation_token } = payload;
    const command = new ListObjectsV2Command({
      Bucket: container,
      Prefix: prefix ?? '',
      MaxKeys: max_keys ?? MAX_LISTED_OBJECTS,
      ...(continuation_token && { ContinuationToken: continuation_token }),
    });
    const answer = await this.#at({ container }, this.aws.s3.send(command, withSignal(signal)));
    const objects = (answer.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
      path: Key ?? '',
      size: Size ?? 0,
      etag: unquoted(ETag),
      last_modified: timeOf(LastModified),
    }));
    return {
      objects,
      is_truncated: answer.IsTruncated ?? false,
      continuation_token: answer.NextContinuationToken ?? null,
      count: objects.length,
    };
  }

  async #at<T>(place: { container: string; path?: string }, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (error) {
      throw storageError(error, place);
    }
  }
}

const keyOf = ({ container, path }: ObjectPayload) => ({ Bucket: container, Key: path });

const withSignal = (signal: AbortSignal | undefined) => (signal ? { abortSignal: signal } : {});

const timeOf = (date: Date | undefined): string | null =>
  (date && normalizeTime(date.toISOString())) ?? null;

const unquoted = (etag: string | undefined): string => (etag ?? '').replaceAll('"', '');

const described = (
  answer: GetObjectCommandOutput | HeadObjectCommandOutput,
): ObjectDescription => ({
  content_type: answer.ContentType ?? DEFAULT_CONTENT_TYPE,
  content_length: answer.ContentLength ?? 0,
  etag: unquoted(answer.ETag),
  metadata: answer.Metadata ?? {},
  last_modified: timeOf(answer.LastModified),
});

function destroy(body: unknown): void {
  if (body instanceof Readable) body.destroy();
}
