import { createHmac, createSecretKey, hash, timingSafeEqual, type KeyObject } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RecentlyUsed } from '../../../common/recently-used.js';
import { parseWholeNumber } from '../../../common/whole-numbers.js';
import type { StackCredentials } from './stack-credentials.js';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SCOPE =
  /^(?<accessKeyId>[^/]+)\/(?<date>\d{8})\/(?<region>[\w-]+)\/(?<service>[\w-]+)\/aws4_request$/;
const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=(?<credential>[^\s,]+), *SignedHeaders=(?<headers>[^\s,]+), *Signature=(?<signature>[0-9a-f]{64})$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const MAX_KEPT_KEYS = 16;
const NO_BODY = hash('sha256', '');

/** Why a request is refused, in AWS's own words. */
type SignatureFault =
  | 'MissingAuthenticationToken'
  | 'IncompleteSignature'
  | 'InvalidClientTokenId'
  | 'SignatureDoesNotMatch'
  | 'AccessDenied';

interface Claim {
  readonly credential: string;
  readonly signedHeaders: string;
  readonly signature: string;
  readonly time: string;
  /** Undefined if the signer did not send it, and signed the hash of the body. */
  readonly bodyHash: string | undefined;
  /** Of a presigned URL. */
  readonly expiresInS?: number;
}

/**
 * Whether a request is signed with a stack's credentials, by its headers or by its query (a presigned URL). The
 * signature proves that the caller knows the secret. The body is read only if its hash is needed because the caller has
 * not sent it.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class SignatureCheck {
  /** By scope: a day, a region and a service. */
  readonly #keys = new RecentlyUsed<KeyObject>(MAX_KEPT_KEYS);

  constructor(private readonly credentials: StackCredentials) {}

  /**
   * @param body body of a request that does not send its hash.
   * @returns `body` when that is needed to decide.
   */
  faultOf(request: SignedRequest, body?: Buffer): SignatureFault | 'body' | undefined {
    const query = queryOf(request);
    const claim = query?.has('X-Amz-Signature') ? claimOfQuery(query) : claimOfHeaders(request);
    if (typeof claim === 'string') return claim;
    const scope = SCOPE.exec(claim.credential)?.groups;
    if (!scope) return 'IncompleteSignature';
    if (scope['accessKeyId'] !== this.credentials.accessKeyId) return 'InvalidClientTokenId';
    const bodyHash = claim.bodyHash ?? (body && hash('sha256', body));
    if (bodyHash === undefined) return 'body';
    const signed = sign(request, claim, bodyHash, (ofScope) => this.#keyOf(ofScope));
    if (!timingSafeEqual(signed, Buffer.from(claim.signature, 'hex')))
      return 'SignatureDoesNotMatch';
    return isExpired(claim) ? 'AccessDenied' : undefined;
  }

  /** Anybody may ask for any scope, so few are kept. */
  #keyOf(scope: string): KeyObject {
    return (
      this.#keys.get(scope) ??
      this.#keys.set(scope, signingKey(scope, this.credentials.secretAccessKey))
    );
  }
}

/**
 * Signs a request again after its headers were changed, for a proxy of the test kit.
 */
export function signedAnew<T extends SignedRequest>(request: T, secretAccessKey: string): T {
  const claim = claimOfHeaders(request);
  if (typeof claim === 'string' || claim.bodyHash === undefined) return request;
  const keyOf = (scope: string): KeyObject => signingKey(scope, secretAccessKey);
  const signature = sign(request, claim, claim.bodyHash, keyOf).toString('hex');
  const authorization = request.headers.authorization?.replace(claim.signature, signature);
  return { ...request, headers: { ...request.headers, authorization } };
}

/** The signed parts of a request. */
interface SignedRequest {
  readonly method?: string | undefined;
  /** Path and query, as they are on the wire. */
  readonly url?: string | undefined;
  readonly headers: IncomingHttpHeaders;
}

function queryOf({ url = '/' }: SignedRequest): URLSearchParams | undefined {
  return url.includes('?') ? new URL(url, 'http://stack').searchParams : undefined;
}

/** A key object, which Node need not make of bytes for each signature. */
function signingKey(scope: string, secret: string): KeyObject {
  let bytes = Buffer.from(`AWS4${secret}`);
  for (const part of scope.split('/')) bytes = createHmac('sha256', bytes).update(part).digest();
  return createSecretKey(bytes);
}

function sign(
  request: SignedRequest,
  claim: Claim,
  bodyHash: string,
  keyOf: (scope: string) => KeyObject,
): Buffer {
  const scope = claim.credential.slice(claim.credential.indexOf('/') + 1);
  const service = scope.split('/')[2];
  const whole = hash('sha256', canonicalRequest(request, claim, bodyHash, service));
  const text = `${ALGORITHM}\n${claim.time}\n${scope}\n${whole}`;
  return createHmac('sha256', keyOf(scope)).update(text).digest();
}

function claimOfHeaders({ headers }: SignedRequest): Claim | SignatureFault {
  const { authorization } = headers;
  if (authorization === undefined) return 'MissingAuthenticationToken';
  const parts = AUTHORIZATION.exec(authorization)?.groups;
  const time = headers['x-amz-date'];
  if (!parts || typeof time !== 'string') return 'IncompleteSignature';
  const bodyHash = headers['x-amz-content-sha256'];
  return {
    credential: parts['credential'] ?? '',
    signedHeaders: parts['headers'] ?? '',
    signature: parts['signature'] ?? '',
    time,
    bodyHash: typeof bodyHash === 'string' ? bodyHash : hasBody(headers) ? undefined : NO_BODY,
  };
}

const hasBody = (headers: IncomingHttpHeaders): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined;

function claimOfQuery(query: URLSearchParams): Claim | SignatureFault {
  const [credential, signedHeaders, signature, time, expires] = [
    'X-Amz-Credential',
    'X-Amz-SignedHeaders',
    'X-Amz-Signature',
    'X-Amz-Date',
    'X-Amz-Expires',
  ].map((name) => query.get(name) ?? '');
  const expiresInS = parseWholeNumber(expires, 0);
  const whole = credential && signedHeaders && time && signature;
  if (!whole || !/^[0-9a-f]{64}$/.test(signature) || expiresInS === undefined) {
    return 'IncompleteSignature';
  }
  const bodyHash = query.get('X-Amz-Content-Sha256') ?? UNSIGNED;
  return { credential, signedHeaders, signature, time, bodyHash, expiresInS };
}

function canonicalRequest(
  { method = 'GET', url = '/', headers }: SignedRequest,
  { signedHeaders }: Claim,
  bodyHash: string,
  service: string | undefined,
): string {
  const [path = '/', query = ''] = url.split(/\?(.*)/s, 2);
  // Only S3 signs the path unchanged; for other services it is encoded once more.
  const signedPath = service === 's3' ? path : path.split('/').map(encoded).join('/');
  const lines = signedHeaders.split(';').map((name) => {
    const value = headers[name];
    const text = Array.isArray(value) ? value.join(',') : (value ?? '');
    return `${name}:${text.trim().replace(/\s+/g, ' ')}\n`;
  });
  return `${method}\n${signedPath}\n${canonicalQuery(query)}\n${lines.join('')}\n${signedHeaders}\n${bodyHash}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s, 2).map(decoded);
      return [encoded(name), encoded(value)] as const;
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const encoded = (text: string): string =>
  encodeURIComponent(text.toWellFormed()).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

function isExpired({ time, expiresInS }: Claim): boolean {
  if (expiresInS === undefined) return false;
  const iso = time.replace(TIME, '$1-$2-$3T$4:$5:$6Z');
  return !(Date.now() < Date.parse(iso) + expiresInS * 1000);
}
