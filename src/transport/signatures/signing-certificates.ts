import { X509Certificate, type KeyObject } from 'node:crypto';

import { parseTopicArn } from '../../common/arn.js';
import { RecentlyUsed } from '../../common/recently-used.js';
import { systemClock, type Clock } from '../clock.js';
import { InvalidSignatureError, RetryableError } from '../errors/index.js';

/** Fetches the PEM text of a certificate. */
export type CertificateFetch = (url: string) => Promise<string>;

interface SigningCertificatesOptions {
  readonly fetch?: CertificateFetch | undefined;
  readonly origins?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

/** The whole URL of an SNS certificate. Matched as text, so that no URL parser can read it differently. */
const URL_FORM =
  /^https:\/\/sns\.(?<region>[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2})\.amazonaws\.com(?<china>\.cn)?\/SimpleNotificationService-[\da-f]{32}\.pem$/;

/** A region has one certificate at a time, and a new one about once a year. */
const MAX_CACHED = 64;
const MAX_AGE_MS = 24 * 3600_000;
/** Limits fetches for invented certificate names, which must not make this process flood AWS. */
const MAX_FETCHES_A_MINUTE = 20;
const MINUTE_MS = 60_000;
const MIN_RSA_BITS = 2048;

interface Kept {
  readonly key: KeyObject;
  readonly fetchedAtMs: number;
}

/** The public keys of SNS, by the URL of their certificate. */
export class SigningCertificates {
  readonly #kept = new RecentlyUsed<Kept>(MAX_CACHED);
  readonly #fetching = new Map<string, Promise<KeyObject>>();
  readonly #fetch: CertificateFetch;
  readonly #origins: readonly string[];
  readonly #clock: Clock;
  #minuteEndsAtMs = 0;
  #fetches = 0;

  constructor({
    fetch = fetchCertificate,
    origins = [],
    clock = systemClock,
  }: SigningCertificatesOptions) {
    this.#fetch = fetch;
    this.#origins = origins;
    this.#clock = clock;
  }

  /**
   * @throws InvalidSignatureError for a URL of no SNS certificate in the topic's own region, and for an answer that is
   * no certificate; RetryableError if it cannot be fetched now.
   */
  async key(url: string, topicArn: string): Promise<KeyObject> {
    this.#check(url, topicArn);
    const nowMs = this.#clock.monotonicMs();
    const kept = this.#kept.get(url);
    if (kept && nowMs - kept.fetchedAtMs < MAX_AGE_MS) return kept.key;
    const fetching = this.#fetching.get(url) ?? this.#fetchKey(url, nowMs);
    this.#fetching.set(url, fetching);
    try {
      return await fetching;
    } finally {
      this.#fetching.delete(url);
    }
  }

  #check(url: string, topicArn: string): void {
    if (this.#origins.some((origin) => url.startsWith(`${origin}/`))) return;
    const { region, china } = URL_FORM.exec(url)?.groups ?? {};
    const topic = parseTopicArn(topicArn);
    const fits = topic !== undefined && region === topic.region;
    if (!fits || (china !== undefined) !== (topic.partition === 'aws-cn'))
      throw new InvalidSignatureError(
        'The SigningCertURL is not the URL of an SNS certificate in the region of the topic, and was not fetched',
      );
  }

  async #fetchKey(url: string, nowMs: number): Promise<KeyObject> {
    this.#count(nowMs);
    const key = readKey(await this.#fetch(url));
    this.#kept.set(url, { key, fetchedAtMs: nowMs });
    return key;
  }

  #count(nowMs: number): void {
    if (nowMs >= this.#minuteEndsAtMs) {
      this.#minuteEndsAtMs = nowMs + MINUTE_MS;
      this.#fetches = 0;
    }
    this.#fetches += 1;
    if (this.#fetches > MAX_FETCHES_A_MINUTE)
      throw new RetryableError(
        `More than ${MAX_FETCHES_A_MINUTE} certificates were requested within a minute, perhaps by forged messages. Known certificates stay in use`,
      );
  }
}

function readKey(pem: string): KeyObject {
  let key: KeyObject;
  try {
    key = new X509Certificate(pem).publicKey;
  } catch (cause) {
    throw new InvalidSignatureError('The SigningCertURL leads to no certificate', { cause });
  }
  const { modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  if (key.asymmetricKeyType !== 'rsa' || modulusLength < MIN_RSA_BITS)
    throw new InvalidSignatureError(
      `The certificate of the SigningCertURL has no RSA key of ${MIN_RSA_BITS} bits or more`,
    );
  return key;
}

const FETCH_TIMEOUT_MS = 5000;
const MAX_CERTIFICATE_BYTES = 16 * 1024;

/** Follows no redirects, which could lead to any host. */
async function fetchCertificate(url: string): Promise<string> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(FETCH_TIMEOUT_MS);
    response = await fetch(url, { redirect: 'error', signal });
    if (response.ok) return await readText(response);
    await response.body?.cancel();
  } catch (cause) {
    if (cause instanceof InvalidSignatureError) throw cause;
    throw new RetryableError(`The certificate at ${url} cannot be fetched`, { cause });
  }
  const { status } = response;
  if (status >= 400 && status < 500 && status !== 429)
    throw new InvalidSignatureError(`There is no certificate at ${url}: status ${status}`);
  throw new RetryableError(`The certificate at ${url} cannot be fetched: status ${status}`);
}

async function readText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_CERTIFICATE_BYTES)
      throw new InvalidSignatureError(
        'The answer at the SigningCertURL is larger than a certificate',
      );
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('latin1');
}
