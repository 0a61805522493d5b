import type {
  AwsCredentialIdentity,
  HttpRequest,
  RequestSigner,
  RequestSigningArguments,
} from '@smithy/types';
import { createHmac, createSecretKey, hash, type KeyObject } from 'node:crypto';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SCOPE_END = 'aws4_request';

/** Signed headers besides `x-amz-*`; signing more has no advantage. */
const SIGNED = new Set(['content-type', 'host']);

/** The identity of a client; read for each signature, because it may change. */
interface SigningIdentity {
  readonly service: string;
  readonly region: () => Promise<string>;
  readonly credentials: () => Promise<AwsCredentialIdentity>;
}

interface DerivedKey {
  readonly secret: string;
  readonly scope: string;
  readonly key: KeyObject;
}

/**
 * Signs requests to SQS and SNS: `POST /` with a body in memory. Caches the signing key until the secret, the day or
 * the region changes.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
export class KeyCachingSigner implements RequestSigner {
  readonly #identity: SigningIdentity;
  /** The SDK's signer, for an endpoint with a path or query. */
  readonly #general: () => Promise<RequestSigner>;
  #derived: DerivedKey | undefined;

  constructor(identity: SigningIdentity, general: () => Promise<RequestSigner>) {
    this.#identity = identity;
    this.#general = general;
  }

  async sign(request: HttpRequest, options: RequestSigningArguments = {}): Promise<HttpRequest> {
    if (!isPlain(request)) return (await this.#general()).sign(request, options);
    const { accessKeyId, secretAccessKey, sessionToken } = await this.#identity.credentials();
    const region = await this.#identity.region();
    const time = amzDate(new Date(options.signingDate ?? Date.now()));
    const scope = `${time.slice(0, 8)}/${region}/${this.#identity.service}/${SCOPE_END}`;
    const bodyHash = hash('sha256', request.body);
    const headers: Record<string, string> = {
      ...request.headers,
      'x-amz-date': time,
      'x-amz-content-sha256': bodyHash,
    };
    if (sessionToken !== undefined) headers['x-amz-security-token'] = sessionToken;

    const names = Object.keys(headers).filter(isSigned).toSorted();
    const signed = names.join(';');
    const lines = names.map((name) => `${name}:${canonical(headers[name])}\n`).join('');
    const whole = hash('sha256', `POST\n/\n\n${lines}\n${signed}\n${bodyHash}`);
    const signature = createHmac('sha256', this.#key(secretAccessKey, scope))
      .update(`${ALGORITHM}\n${time}\n${scope}\n${whole}`)
      .digest('hex');
    headers['authorization'] =
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`;
    return { ...request, headers };
  }

  #key(secret: string, scope: string): KeyObject {
    if (this.#derived?.scope === scope && this.#derived.secret === secret) return this.#derived.key;
    let bytes = Buffer.from(`AWS4${secret}`);
    for (const part of scope.split('/')) bytes = createHmac('sha256', bytes).update(part).digest();
    const key = createSecretKey(bytes);
    this.#derived = { secret, scope, key };
    return key;
  }
}

function isPlain({ method, path, query, headers, body }: HttpRequest): boolean {
  return (
    method === 'POST' &&
    path === '/' &&
    Object.keys(query ?? {}).length === 0 &&
    (typeof body === 'string' || body instanceof Uint8Array) &&
    // Other spellings would have to be found and sorted in lower case.
    Object.keys(headers).every(
      (name) => name === name.toLowerCase() || !/^(x-amz-|host$|content-type$)/i.test(name),
    )
  );
}

function isSigned(name: string): boolean {
  return name.startsWith('x-amz-') || SIGNED.has(name);
}

function canonical(value = ''): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** `2026-11-21T13:05:23.000Z` as `20261121T130523Z`. */
function amzDate(date: Date): string {
  return `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
}
