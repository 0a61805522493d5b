import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  type GetObjectCommandOutput,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { Inject, Injectable, Optional } from '@nestjs/common';
import { lookup } from 'mime-types';
import { fetchWithin } from '../../aws/budgeted-fetch.js';
import { ByteBudget } from '../../aws/byte-budget.js';
import { AwsClients } from '../../aws/index.js';
import { MAKE_BUCKET, type MakeBucket } from '../../aws/make-bucket.js';
import { BodyTooLargeError } from '../../aws/read-body.js';
import { SETTINGS, type Settings } from '../../platform/config/index.js';
import { invalidFieldsError, normalizeTime } from '../../protocol/index.js';
import { Containers, storageError, unquoted, containersSettings } from '../../messaging/index.js';
import { whenMessageEnds } from '../../transport/message-scope.js';
import { objectBody } from './object-body.js';
import { ObjectCopier, type CopiedObject } from './object-copier.js';
import { ObjectWriter, WRITE_ID, type WriteCondition } from './object-writer.js';
import { presign, type PresignedUrl } from './presigner.js';
import {
  DEFAULT_CONTENT_TYPE,
  DEFAULT_PRESIGN_EXPIRES_S,
  MAX_CLAIM_CHECKED_OBJECT_BYTES,
  MAX_LISTED_OBJECTS,
  MAX_MESSAGE_OBJECT_BYTES,
  TRUNCATED_URL_EXPIRES_S,
} from './storage.constants.js';
import type {
  CopyObjectPayload,
  ListObjectsPayload,
  ObjectPayload,
  PresignPayload,
  PutObjectPayload,
} from './storage.dto.js';

export interface StoredObject {
  readonly etag: string;
  readonly version_id: string | null;
  readonly content_type: string;
  /** Bytes. */
  readonly size: number;
}

// Types, because interfaces do not fit a JsonObject.
type ObjectDescription = {
  content_type: string;
  /** Bytes. */
  content_length: number;
  etag: string;
  metadata: Record<string, string>;
  last_modified: string | null;
};

type WholeObject = ObjectDescription & { body_base64: string; size: number };

/** An object that is too large for a Result, with a URL for its bytes. */
type TruncatedObject = ObjectDescription &
  PresignedUrl & { body_base64: null; size: number; truncated: true };

type ObjectList = {
  objects: { path: string; size: number; etag: string; last_modified: string | null }[];
  is_truncated: boolean;
  continuation_token: string | null;
  count: number;
};

/** Objects in S3, called containers and paths. */
@Injectable()
export class StorageService {
  readonly #containers: Containers;
  readonly #writer: ObjectWriter;
  readonly #copier: ObjectCopier;
  readonly #maxInlineBytes: number;

  constructor(
    private readonly aws: AwsClients,
    @Inject(SETTINGS) settings: Settings,
    @Optional() @Inject(MAKE_BUCKET) create?: MakeBucket,
  ) {
    const { payloadBucket } = settings.messaging;
    this.#containers = new Containers({
      allowed: containersSettings.of(settings).containers,
      payloadBucket,
      create,
    });
    this.#writer = new ObjectWriter(() => aws.s3);
    this.#copier = new ObjectCopier(() => aws.s3);
    this.#maxInlineBytes =
      payloadBucket === undefined ? MAX_MESSAGE_OBJECT_BYTES : MAX_CLAIM_CHECKED_OBJECT_BYTES;
  }

  /** @param correlationId the Command's; with it a conditional put that is repeated by a redelivery succeeds again. */
  async put(
    payload: PutObjectPayload,
    correlationId: string,
    signal?: AbortSignal,
  ): Promise<StoredObject> {
    const { container, path } = payload;
    this.#containers.check(container);
    const body = objectBody(payload);
    const contentType = payload.content_type ?? typeByExtension(path);
    const object = {
      container,
      path,
      body,
      contentType,
      metadata: payload.metadata ?? {},
      condition: conditionOf(payload),
      correlationId,
    };
    const written = await this.#at(
      payload,
      this.#containers.writing(container, () => this.#writer.write(object, signal)),
    );
    return { ...written, content_type: contentType, size: body.length };
  }

  /** An object larger than a Result allows is returned as a URL, with `truncated: true`. */
  async get(payload: ObjectPayload, signal?: AbortSignal): Promise<WholeObject | TruncatedObject> {
    this.#containers.check(payload.container);
    let last: GetObjectCommandOutput | undefined;
    const get = async (): Promise<GetObjectCommandOutput> =>
      (last = await this.aws.s3.send(new GetObjectCommand(keyOf(payload)), withSignal(signal)));
    const options = { budget: objectBytes, maxBytes: this.#maxInlineBytes, signal };
    try {
      const { answer, bytes, share } = await fetchWithin(get, options);
      // Held until the Result is sent, which contains several copies of these bytes, each a third larger.
      if (!whenMessageEnds(() => share.release())) share.release();
      return { ...described(answer), body_base64: bytes.toString('base64'), size: bytes.length };
    } catch (error) {
      if (!last || !(error instanceof BodyTooLargeError)) throw storageError(error, payload);
      const url = await presign(this.aws.s3, payload, 'GET', TRUNCATED_URL_EXPIRES_S);
      const size = error.bytes ?? last.ContentLength ?? 0;
      return { ...described(last), body_base64: null, size, truncated: true, ...url };
    }
  }

  async head(
    payload: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<ObjectDescription & { size: number }> {
    this.#containers.check(payload.container);
    const command = new HeadObjectCommand(keyOf(payload));
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    return { ...described(answer), size: answer.ContentLength ?? 0 };
  }

  /** Deleting a missing object succeeds too. */
  async delete(
    payload: ObjectPayload,
    signal?: AbortSignal,
  ): Promise<{ version_id: string | null }> {
    this.#containers.check(payload.container);
    const command = new DeleteObjectCommand(keyOf(payload));
    const answer = await this.#at(payload, this.aws.s3.send(command, withSignal(signal)));
    return { version_id: answer.VersionId ?? null };
  }

  async list(payload: ListObjectsPayload, signal?: AbortSignal): Promise<ObjectList> {
    const { container, prefix, max_keys, continuation_token } = payload;
    this.#containers.check(container);
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

  async copy({ source, target }: CopyObjectPayload, signal?: AbortSignal): Promise<CopiedObject> {
    this.#containers.check(source.container, target.container);
    const copy = (): Promise<CopiedObject> => this.#copier.copy(source, target, signal);
    try {
      return await this.#containers.writing(target.container, copy);
    } catch (error) {
      throw storageError(error, source);
    }
  }

  /** Does not check that the object exists. */
  presign({ method, expires_in, container, path }: PresignPayload): Promise<PresignedUrl> {
    this.#containers.check(container);
    const expiresInS = expires_in ?? DEFAULT_PRESIGN_EXPIRES_S;
    return presign(this.aws.s3, { container, path }, method ?? 'GET', expiresInS);
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

/** Bytes of objects in pending Results of this process: two of the largest. */
const objectBytes = new ByteBudget(2 * MAX_CLAIM_CHECKED_OBJECT_BYTES);

const typeByExtension = (path: string): string => lookup(path) || DEFAULT_CONTENT_TYPE;

/** @throws {ValidationFailedError} if both conditions are given. */
function conditionOf({ if_none_match, if_match }: PutObjectPayload): WriteCondition | undefined {
  if (if_none_match && if_match) {
    const message = 'must not be given along with if_none_match';
    throw invalidFieldsError([{ field: 'if_match', message }]);
  }
  if (if_match) return { IfMatch: `"${unquoted(if_match)}"` };
  return if_none_match ? { IfNoneMatch: if_none_match } : undefined;
}

const described = (
  answer: GetObjectCommandOutput | HeadObjectCommandOutput,
): ObjectDescription => ({
  content_type: answer.ContentType ?? DEFAULT_CONTENT_TYPE,
  content_length: answer.ContentLength ?? 0,
  etag: unquoted(answer.ETag),
  metadata: userMetadata(answer.Metadata),
  last_modified: timeOf(answer.LastModified),
});

/** The user metadata of an object, without the id of a conditional write. */
const userMetadata = (metadata: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(metadata).filter(([name]) => name !== WRITE_ID));
