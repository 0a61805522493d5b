import {
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';

import { isNotFound } from '../../aws/index.js';
import { uploadInParts } from '../../aws/multipart-upload.js';
import { InvalidMessageError } from '../errors/index.js';
import type { PayloadPointer } from './claim-check.js';

/** Most bytes a claim-check is read: a body lands in memory whole, and the AWS clients stop at 2 GB. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

/** A larger body goes up in parts of this size: AWS takes parts from 5 MiB, the embedded S3 up to 11 MiB at once. */
const PART_BYTES = 8 * 1024 * 1024;

/**
 * The bucket large bodies are put aside in. Objects are left to a lifecycle
 * rule: a queue's consumers do not know who else still needs one.
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
    else await this.s3().send(new PutObjectCommand({ ...place, Body: bytes }));
    return { bucket: this.bucket, key };
  }

  /**
   * @throws InvalidMessageError when the pointer names another bucket, or an object that is gone or
   * too large: a message must not make us read whatever its sender likes.
   */
  async get({ bucket, key }: PayloadPointer): Promise<string> {
    if (bucket !== this.bucket) {
      throw new InvalidMessageError(
        `The message's body lies in a bucket other than ${this.bucket}, the payload bucket`,
      );
    }
    try {
      const { Body: body, ContentLength: size = 0 } = await this.s3().send(
        new GetObjectCommand({ Bucket: bucket, Key: key }),
      );
      if (size > MAX_PAYLOAD_BYTES) {
        // Unread, it would keep its connection.
        if (body instanceof Readable) body.destroy();
        throw new InvalidMessageError(
          `The message's body has ${size} bytes, more than ${MAX_PAYLOAD_BYTES}`,
        );
      }
      return (await body?.transformToString('utf8')) ?? '';
    } catch (error) {
      if (!isNotFound(error)) throw error;
      throw new InvalidMessageError("The message's body is no longer in the payload bucket", {
        cause: error,
      });
    }
  }

  async #putInParts(place: { Bucket: string; Key: string }, bytes: Buffer): Promise<void> {
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
