import { createHash, createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** A request as it came off the wire. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface Identity {
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface Verdict {
  /** What is wrong with the signature; undefined if it is right. */
  readonly fault: string | undefined;
  readonly signedAt: Date;
  readonly region: string;
  readonly service: string;
}

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (key: string | Buffer, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest();
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/**
 * Checks a Signature Version 4 as AWS describes it, without any code of the SDK or of Weft.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export function verify(
  request: WireRequest,
  identities: Readonly<Record<string, Identity>>,
): Verdict {
  const header = (name: string): string => String(request.headers[name] ?? '');
  const match =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header('authorization'),
    );
  const [, id = '', day = '', region = '', service = '', names = '', signature] = match ?? [];
  const time = header('x-amz-date');
  const signedAt = new Date(
    time.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'),
  );
  const fault = (): string | undefined => {
    if (!match) return 'no authorization';
    const identity = identities[id];
    if (!identity) return `unknown key ${id}`;
    if (header('x-amz-security-token') !== (identity.sessionToken ?? '')) return 'wrong token';
    if (!time.startsWith(day)) return 'the scope is of another day';
    const signed = names.split(';');
    const required = Object.keys(request.headers).filter(
      (name) => name === 'host' || name === 'content-type' || name.startsWith('x-amz-'),
    );
    const unsigned = required.filter((name) => !signed.includes(name));
    if (unsigned.length > 0) return `not signed: ${unsigned.join()}`;
    if (signed.join() !== signed.toSorted().join()) return 'headers out of order';
    const bodyHash = sha256(request.body);
    if (header('x-amz-content-sha256') !== bodyHash) return 'wrong hash of the body';
    const [path = '', query = ''] = request.url.split('?');
    const canonical = [
      request.method,
      path
        .split('/')
        .map((part) => encode(part))
        .join('/'),
      [...new URLSearchParams(query)]
        .map(([name, value]) => `${encode(name)}=${encode(value)}`)
        .toSorted()
        .join('&'),
      ...signed.map((name) => `${name}:${header(name).trim().replaceAll(/\s+/g, ' ')}`),
      '',
      names,
      bodyHash,
    ].join('\n');
    const scope = [day, region, service, 'aws4_request'];
    const key = scope.reduce<string | Buffer>(hmac, `AWS4${identity.secretAccessKey}`);
    const toSign = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
    return hmac(key, toSign).toString('hex') === signature ? undefined : 'wrong signature';
  };
  return { fault: fault(), signedAt, region, service };
}
