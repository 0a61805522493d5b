import type {
  CompletedPart,
  CompleteMultipartUploadCommandOutput,
  CreateMultipartUploadCommandInput,
  S3Client,
} from '@aws-sdk/client-s3';

/** An upload in parts that has begun. */
export interface StartedUpload {
  readonly Bucket: string | undefined;
  readonly Key: string | undefined;
  readonly UploadId: string | undefined;
}

/**
 * Stores one object in parts. When any of it fails, the parts are taken away again: those that are
 * left are paid for.
 *
 * @param sendParts sends every part, in order; what else must hold before the object may appear is its to say as well.
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
