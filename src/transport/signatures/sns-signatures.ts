import { verify } from 'node:crypto';

import type { Clock } from '../clock.js';
import { InvalidOptionsError, InvalidSignatureError } from '../errors/index.js';
import { readSigned, type SignedMessage } from './signed-message.js';
import { SigningCertificates, type CertificateFetch } from './signing-certificates.js';

/**
 * Options of `SnsSignatures`.
 *
 * @example
 * const options: SnsSignaturesOptions = { origins: ['http://localhost.localstack.cloud:4566'] };
 */
export interface SnsSignaturesOptions {
  /**
   * Fetches the PEM text of a certificate by a URL that has passed every check; for a proxy of yours, and for tests.
   *
   * @defaultValue `fetch` without redirects, within 5 s, up to 16 KiB
   */
  readonly fetch?: CertificateFetch;
  /**
   * Origins of emulators, such as `http://localhost:4566`, whose certificates are believed as well. Whoever answers there
   * can sign whatever they like: never set it where real messages come in.
   *
   * @defaultValue none: https://sns.<region>.amazonaws.com (and .cn) of the topic's own region alone
   */
  readonly origins?: readonly string[];
  /** The clock; for tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const ORIGIN = /^https?:\/\/[\w.-]+(:\d{1,5})?$/;

/**
 * Checks signatures of SNS, of both versions. A signature says that SNS sent a message of its topic, and nothing of who
 * published it; **whose** topic it is, is the caller's to check, as every account has topics. SNS signs message, id, subject, time and topic, and
 * no attributes.
 *
 * Share one among queues and endpoints: it keeps the certificates it has fetched, at most 64, for a day.
 *
 * @throws InvalidOptionsError for an origin that is none.
 * @example
 * const signatures = new SnsSignatures();
 * const { topicArn } = await signatures.verify(JSON.parse(body));
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
 */
export class SnsSignatures {
  readonly #certificates: SigningCertificates;

  constructor(options: SnsSignaturesOptions = {}) {
    for (const origin of options.origins ?? [])
      if (!ORIGIN.test(origin))
        throw new InvalidOptionsError(
          `"${origin}" is not the origin of an emulator: write it as http://host:port, without a path`,
        );
    this.#certificates = new SigningCertificates(options);
  }

  /**
   * Resolves with what was signed.
   *
   * @param message a notification or confirmation of SNS, as JSON has it.
   * @throws InvalidSignatureError when SNS did not sign it so; RetryableError when the certificate cannot be fetched now.
   */
  async verify(message: unknown): Promise<SignedMessage> {
    const signed = readSigned(message);
    const { certificateUrl, topicArn, version, canonical, signature } = signed;
    const key = await this.#certificates.key(certificateUrl, topicArn);
    const algorithm = version === '1' ? 'RSA-SHA1' : 'RSA-SHA256';
    if (!verify(algorithm, Buffer.from(canonical), key, signature))
      throw new InvalidSignatureError('The signature does not match the message');
    return signed;
  }
}
