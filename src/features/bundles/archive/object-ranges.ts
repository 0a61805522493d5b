import type { Readable } from 'node:stream';
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { ByteRanges } from './bundle-reader.js';

/** Random access to an S3 object. */
export function objectRanges(s3: S3Client, bucket: string, key: string): ByteRanges {
  const get = (range?: string) =>
    s3.send(
      new GetObjectCommand({
        Bucket: bucket,
        Key: key,
        ...(range !== undefined && { Range: `bytes=${range}` }),
      }),
    );
  return {
    name: `s3://${bucket}/${key}`,
    async tail(bytes) {
      const { Body, ContentRange = '' } = await get(`-${bytes}`).catch((error: unknown) => {
        // For a shorter object AWS returns all of it; other implementations refuse the range.
        if (error instanceof Error && error.name === 'InvalidRange') return get();
        throw error;
      });
      const tail = Buffer.from((await Body?.transformToByteArray()) ?? []);
      const size = Number(/\/(\d+)$/.exec(ContentRange)?.[1] ?? tail.length);
      return { bytes: tail, size };
    },
    async read(from, to) {
      return (await get(`${from}-${to - 1}`)).Body as Readable;
    },
  };
}
