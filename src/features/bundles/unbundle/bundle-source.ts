import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import type { S3Client } from '@aws-sdk/client-s3';
import { PermanentError } from '../../../transport/errors/index.js';
import { objectRanges } from '../archive/object-ranges.js';
import type { ByteRanges } from '../archive/bundle-reader.js';

const S3_LOCATION = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])\/(.+)$/;

/** Whether a bundle is read from S3 and not from a file. */
export const isS3Location = (location: string): boolean => location.startsWith('s3://');

/**
 * Opens a bundle at `s3://bucket/key` or in a file.
 *
 * @throws {PermanentError} when it is neither.
 */
export async function bundleSource(location: string, s3: () => S3Client): Promise<ByteRanges> {
  const [, bucket, key] = S3_LOCATION.exec(location) ?? [];
  if (bucket !== undefined && key !== undefined) return objectRanges(s3(), bucket, key);
  if (isS3Location(location)) {
    throw new PermanentError(`${location} is not a location in S3. Write it as s3://bucket/key`);
  }
  const found = await stat(location).catch((cause: unknown) => {
    const { code } = Object(cause) as { code?: unknown };
    throw code === 'ENOENT'
      ? new PermanentError(`${location} does not exist. Give a file, or s3://bucket/key`, { cause })
      : new PermanentError(`${location} cannot be read: ${String(code)}`, { cause });
  });
  if (!found.isFile()) {
    throw new PermanentError(`${location} is no file. Give a file, or s3://bucket/key`);
  }
  return fileRanges(location, found.size);
}

const fileRanges = (path: string, size: number): ByteRanges => ({
  name: path,
  async tail(bytes) {
    const file = await open(path, 'r');
    try {
      const tail = Buffer.alloc(Math.min(bytes, size));
      const { bytesRead } = await file.read(tail, 0, tail.length, size - tail.length);
      return { bytes: tail.subarray(0, bytesRead), size };
    } finally {
      await file.close();
    }
  },
  read: (from, to) => Promise.resolve(createReadStream(path, { start: from, end: to - 1 })),
});
