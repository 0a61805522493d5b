import { isJsonObject } from '../../common/objects.js';

/** Where S3 holds an offloaded body. */
export interface PayloadPointer {
  readonly bucket: string;
  readonly key: string;
}

// The class names belong to the format that AWS's extended clients for Java and Python share.
// https://github.com/awslabs/payload-offloading-java-common-lib-for-aws
const POINTER_CLASS = 'software.amazon.payloadoffloading.PayloadS3Pointer';
const LEGACY_POINTER_CLASS = 'com.amazon.sqs.javamessaging.MessageS3Pointer';
const STARTS = [POINTER_CLASS, LEGACY_POINTER_CLASS].map((name) => `["${name}"`);

/** Number attribute with the size in bytes of the body that was offloaded. */
export const EXTENDED_PAYLOAD_SIZE = 'ExtendedPayloadSize';

export function formatPointer({ bucket, key }: PayloadPointer): string {
  return JSON.stringify([POINTER_CLASS, { s3BucketName: bucket, s3Key: key }]);
}

const isName = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** Reads a body that is a claim-check pointer; undefined when the body is the message itself. */
export function parsePointer(body: string): PayloadPointer | undefined {
  const text = body.trimStart();
  if (!text.startsWith('[')) return undefined;
  if (!STARTS.some((start) => text.replace(/^\[\s+/, '[').startsWith(start))) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const location: unknown = Array.isArray(value) && value.length === 2 ? value[1] : undefined;
  if (!isJsonObject(location)) return undefined;
  const { s3BucketName: bucket, s3Key: key } = location;
  return isName(bucket) && isName(key) ? { bucket, key } : undefined;
}
