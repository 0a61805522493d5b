import { BucketAlreadyOwnedByYou, CreateBucketCommand } from '@aws-sdk/client-s3';
import type { AwsClients } from './aws/index.js';

/** Makes the embedded stack's bucket for large payloads; on AWS it is somebody's decision. */
export async function createPayloadBucket(
  aws: AwsClients,
  bucket: string | undefined,
): Promise<void> {
  if (bucket === undefined) return;
  try {
    await aws.s3.send(new CreateBucketCommand({ Bucket: bucket }));
  } catch (error) {
    if (!(error instanceof BucketAlreadyOwnedByYou)) throw error;
  }
}
