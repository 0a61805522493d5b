import type { S3Store } from './fauxqs.js';

/** The part used of a Fastify request; fauxqs is built on Fastify. */
interface S3Request {
  readonly method: string;
  readonly params: unknown;
  readonly query: unknown;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
}

interface S3Reply {
  status(code: number): S3Reply;
  header(name: string, value: string): S3Reply;
  send(body: string): unknown;
}

type PreHandler = (request: S3Request, reply: S3Reply, done: () => void) => void;

/**
 * Conditional writes of S3, which fauxqs 2.4.1 accepts and ignores: `If-None-Match: *` and `If-Match` of PutObject and
 * CompleteMultipartUpload. The handler that writes follows in the same turn.
 *
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export const refuseUnmetConditions =
  (store: S3Store): PreHandler =>
  ({ method, params, query, headers }, reply, done) => {
    const { bucket, '*': key } = Object(params) as Record<string, string | undefined>;
    const completes = method === 'POST' && 'uploadId' in Object(query);
    const puts = method === 'PUT' && !('partNumber' in Object(query));
    const { 'if-none-match': absent, 'if-match': expected } = headers;
    const conditional = absent !== undefined || expected !== undefined;
    if (!bucket || !key || !conditional || !(puts || completes)) return done();
    const current = etagOf(store, bucket, key);
    if (expected !== undefined && current === undefined) {
      return refuse(reply, 404, 'NoSuchKey', 'The specified key does not exist.');
    }
    const met = expected === undefined ? current === undefined : current === unquoted(expected);
    if (met) return done();
    const text = 'At least one of the pre-conditions you specified did not hold';
    return refuse(reply, 412, 'PreconditionFailed', text);
  };

/** Undefined where there is no such object. */
function etagOf(store: S3Store, bucket: string, key: string): string | undefined {
  try {
    return unquoted(store.headObject(bucket, key).etag);
  } catch {
    return undefined;
  }
}

const unquoted = (etag: string | string[]): string => String(etag).replaceAll('"', '');

function refuse(reply: S3Reply, status: number, code: string, message: string): void {
  reply
    .status(status)
    .header('content-type', 'application/xml')
    .send(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message></Error>`);
}
