import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { Readable } from 'node:stream';

import { isNotFound } from '../../aws/index.js';
import { InvalidMessageError } from '../errors/index.js';
import type { PayloadPointer } from './claim-check.js';

/** Most bytes a claim-check is read: a body lands in memory whole, and the AWS clients stop at 2 GB. */
const MAX_PAYLOAD_BYTES = 64 * 1024 * 1024;

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
    await this.s3().send(new PutObjectCommand({ Bucket: this.bucket, Key: key, Body: body }));
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
}
