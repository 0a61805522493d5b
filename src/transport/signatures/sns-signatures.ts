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
   * Fetches the PEM text of a certificate, by a URL that has passed every check; for a proxy of your own and for tests.
   *
   * @defaultValue `fetch` without redirects, within 5 s, up to 16 KiB
   */
  readonly fetch?: CertificateFetch;
  /**
   * Origins of emulators, such as `http://localhost:4566`, whose certificates are trusted too. A program that answers
   * there can sign any message: never set this where real messages are received.
   *
   * @defaultValue none: https://sns.<region>.amazonaws.com (and .cn) of the topic's own region alone
   */
  readonly origins?: readonly string[];
  /** The clock; for tests. @defaultValue the machine's clock */
  readonly clock?: Clock;
}

const ORIGIN = /^https?:\/\/[\w.-]+(:\d{1,5})?$/;

/**
 * Checks SNS signatures of both versions. A signature proves that SNS sent the message for its topic, and nothing about
 * its publisher. The caller must check **which** topic it is, because every account has topics. SNS signs message, id,
 * subject, time and topic, but no attributes.
 *
 * Share one among queues and endpoints: it caches fetched certificates, at most 64, for a day.
 *
 * @throws InvalidOptionsError for an invalid origin.
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
   * Checks a message and resolves with its signed fields.
   *
   * @param message a notification or confirmation of SNS, parsed from JSON.
   * @throws InvalidSignatureError when the signature is not valid; RetryableError when the certificate cannot be
   * fetched now.
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
