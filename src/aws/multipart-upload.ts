import type {
  CompletedPart,
  CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';

/** A started multipart upload. */
export interface StartedUpload {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly UploadId: string | undefined;
}

/**
 * Stores one object in parts. After a failure the parts are deleted, because AWS charges for them.
 *
 * @param sendParts sends every part, in order, and checks all other conditions for the object to appear.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
 */
export async function uploadInParts(
  s3: S3Client,
  object: CreateMultipartUploadCommandInput,
  sendParts: (upload: StartedUpload) => Promise<CompletedPart[]>,
  signal?: AbortSignal,
): Promise<CompleteMultipartUploadCommandOutput> {
  const {
    AbortMultipartUploadCommand,
    CompleteMultipartUploadCommand,
    CreateMultipartUploadCommand,
  } = await import('@aws-sdk/client-s3');
  const options = signal ? { abortSignal: signal } : undefined;
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(object), options);
  const upload = { Bucket: object.Bucket, Key: object.Key, UploadId };
  try {
    const Parts = await sendParts(upload);
    return await s3.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
      options,
    );
  } catch (error) {
    await s3.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}
