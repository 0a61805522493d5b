import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { ObjectPayload } from './storage.dto.js';

// A type, because an interface does not fit a JsonObject.
export type PresignedUrl = { url: string; expires_at: string };

/**
 * A URL that allows reading or writing one object. Makes no call: whether the object exists and is accessible shows
 * when the URL is used.
 *
 * @param expiresInS seconds; it ends sooner when temporary credentials signed it.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html
 */
export async function presign(
  s3: S3Client,
  { container, path }: ObjectPayload,
  method: 'GET' | 'PUT',
  expiresInS: number,
): Promise<PresignedUrl> {
  const place = { Bucket: container, Key: path };
  const signingDate = new Date();
  const command = method === 'PUT' ? new PutObjectCommand(place) : new GetObjectCommand(place);
  const url = await getSignedUrl(withoutChecksum(s3), command, {
    expiresIn: expiresInS,
    signingDate,
  });
  const expires_at = new Date(signingDate.getTime() + expiresInS * 1000).toISOString();
  return { url, expires_at };
}

const whenRequired = () => Promise.resolve('WHEN_REQUIRED' as const);

/** The SDK would sign the checksum of an empty body, so S3 would refuse any other body. */
function withoutChecksum(s3: S3Client): S3Client {
  return Object.create(s3, {
    config: { value: { ...s3.config, requestChecksumCalculation: whenRequired } },
  }) as S3Client;
}
