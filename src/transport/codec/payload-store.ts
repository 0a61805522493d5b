import type { CompletedPart, S3Client } from '@aws-sdk/client-s3';

import { fetchWithin } from '../../aws/budgeted-fetch.js';
import { ByteBudget } from '../../aws/byte-budget.js';
import { provideBuilders } from '../../aws/client-builders.js';
import { isNotFound } from '../../aws/index.js';
import { uploadInParts } from '../../aws/multipart-upload.js';
import { BodyTooLargeError } from '../../aws/read-body.js';
import { InvalidMessageError } from '../errors/index.js';
import type { PayloadPointer } from './claim-check.js';

/**
 * Maximum bytes of an offloaded body that is read: it is held in memory whole, and AWS's extended clients allow 2 GB.
 */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const MAX_KEY_BYTES = 1024;

/** Bytes of fetched bodies that this process holds at once: two of the largest. */
const messageBytes = new ByteBudget(2 * MAX_PAYLOAD_BYTES);

/** Answers have their own budget: a handler that waits for an answer may hold part of the messages' budget. */
const answerBytes = new ByteBudget(MAX_PAYLOAD_BYTES);

/** A fetched body, and its part of the budget, to be released when the body is no longer used. */
export interface FetchedPayload {
  readonly body: string;
  readonly release: () => void;
}

interface FetchOptions {
  /** Ends the wait for the budget, and the reading of the body. */
  readonly signal?: AbortSignal | undefined;
  /** Ends the wait for the budget alone: a body that is being read is read to its end. */
  readonly waitSignal?: AbortSignal;
  /**
   * The budget that the body counts against. Bodies of messages are held while handlers run; those of answers are not.
   *
   * @defaultValue messages
   */
  readonly budget?: 'messages' | 'answers';
}

/** A larger body is uploaded in parts of this size: AWS accepts parts from 5 MiB, the embedded S3 up to 11 MiB. */
const PART_BYTES = 8 * 1024 * 1024;

/**
 * The bucket that large bodies are offloaded to. A lifecycle rule must delete the objects: a consumer cannot know
 * whether another one still needs them.
 */
export class PayloadStore {
  constructor(
    private readonly s3: () => S3Client,
    readonly bucket: string,
  ) {}

  async put(key: string, body: string): Promise<PayloadPointer> {
    const place = { Bucket: this.bucket, Key: key };
    const bytes = Buffer.from(body);
    if (bytes.length > PART_BYTES) await this.#putInParts(place, bytes);
    else {
      const { PutObjectCommand } = await loadS3();
      await this.s3().send(new PutObjectCommand({ ...place, Body: bytes }));
    }
    return { bucket: this.bucket, key };
  }

  /**
   * Fetches a body once the memory budget has room for it.
   *
   * @throws InvalidMessageError when the pointer names another bucket, an impossible key, or an object that no longer
   * exists or is too large. A sender must not choose what this process reads.
   */
  async get(pointer: PayloadPointer, options: FetchOptions = {}): Promise<FetchedPayload> {
    if (pointer.bucket !== this.bucket) {
      throw new InvalidMessageError(
        `The body of the message is in a bucket other than the payload bucket ${this.bucket}`,
      );
    }
    if (!isObjectKey(pointer.key)) {
      throw new InvalidMessageError(
        "The key of the message's body is not a valid S3 key, or has a part that is . or ..",
      );
    }
    try {
      const { GetObjectCommand } = await loadS3();
      const place = { Bucket: pointer.bucket, Key: pointer.key };
      const { bytes, share } = await fetchWithin(
        () => this.s3().send(new GetObjectCommand(place)),
        {
          budget: options.budget === 'answers' ? answerBytes : messageBytes,
          maxBytes: MAX_PAYLOAD_BYTES,
          signal: options.signal,
          waitSignal: options.waitSignal,
        },
      );
      return { body: bytes.toString('utf8'), release: () => share.release() };
    } catch (error) {
      if (error instanceof BodyTooLargeError) {
        throw new InvalidMessageError(
          `The message's body has ${error.bytes ?? 'more'} bytes; the limit is ${MAX_PAYLOAD_BYTES}`,
        );
      }
      if (!isNotFound(error)) throw error;
      throw new InvalidMessageError("The message's body is no longer in the payload bucket", {
        cause: error,
      });
    }
  }

  async #putInParts(place: { Bucket: string; Key: string }, bytes: Buffer): Promise<void> {
    const { UploadPartCommand } = await loadS3();
    await uploadInParts(this.s3(), place, async (upload) => {
      const parts: CompletedPart[] = [];
      for (let from = 0; from < bytes.length; from += PART_BYTES) {
        const PartNumber = parts.length + 1;
        const Body = bytes.subarray(from, from + PART_BYTES);
        const part = new UploadPartCommand({ ...upload, PartNumber, Body });
        const { ETag } = await this.s3().send(part);
        parts.push({ PartNumber, ETag });
      }
      return parts;
    });
  }
}

/** Loaded by the first offloaded or fetched body, as few processes need S3. */
async function loadS3(): Promise<typeof import('@aws-sdk/client-s3')> {
  const s3 = await import('@aws-sdk/client-s3');
  // The client then comes from the same copy of the package as the commands.
  provideBuilders({ s3: (config) => new s3.S3Client(config) });
  return s3;
}

/** A part `..` could lead out of the bucket if a proxy normalises paths. */
const isObjectKey = (key: string): boolean =>
  key.isWellFormed() &&
  Buffer.byteLength(key) <= MAX_KEY_BYTES &&
  !key.split('/').some((part) => part === '.' || part === '..');
