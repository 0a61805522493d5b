import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { isAccessDenied, isNotFound } from './errors.js';

/** Whether a bucket exists and this role may list it. Throws S3's other errors. */
export async function findBucket(
  s3: S3Client,
  bucket: string,
): Promise<'found' | 'missing' | 'denied'> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return 'found';
  } catch (error) {
    if (isNotFound(error)) return 'missing';
    if (isAccessDenied(error)) return 'denied';
    throw error;
  }
}
