import { createHash, createHmac } from 'node:crypto';
import type { ClientConfig } from '../contender.js';

const hmac = (key: string | Buffer, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

/**
 * AWS's signature, version 4, of one kind of SQS call, with everything cached that can be.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function signerOf({ region, credentials, endpoint }: ClientConfig, action: string) {
  const { host } = new URL(endpoint);
  const target = `AmazonSQS.${action}`;
  let keyOf = '';
  let key: Buffer = Buffer.alloc(0);
  return (body: string): Record<string, string> => {
    const time = `${new Date().toISOString().replaceAll(/[-:]/g, '').slice(0, 15)}Z`;
    const day = time.slice(0, 8);
    if (keyOf !== day) {
      const parts = [day, region, 'sqs', 'aws4_request'];
      key = parts.reduce(hmac, Buffer.from(`AWS4${credentials.secretAccessKey}`));
      keyOf = day;
    }
    const bodyHash = createHash('sha256').update(body).digest('hex');
    const canonical = `POST\n/\n\ncontent-type:application/x-amz-json-1.0\nhost:${host}\nx-amz-date:${time}\nx-amz-target:${target}\n\ncontent-type;host;x-amz-date;x-amz-target\n${bodyHash}`;
    const scope = `${day}/${region}/sqs/aws4_request`;
    const hash = createHash('sha256').update(canonical).digest('hex');
    const signature = hmac(key, `AWS4-HMAC-SHA256\n${time}\n${scope}\n${hash}`).toString('hex');
    return {
      host,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-date': time,
      'x-amz-target': target,
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=${signature}`,
    };
  };
}
