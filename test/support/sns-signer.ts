import { createSign, generateKeyPairSync, randomUUID, sign, type KeyObject } from 'node:crypto';
import { SnsSignatures, type SnsSignaturesOptions } from '../../src/transport/signatures/index.js';

/** One value of DER. https://www.itu.int/rec/T-REC-X.690 */
const der = (tag: number, ...parts: readonly Uint8Array[]): Buffer => {
  const content = Buffer.concat(parts);
  const long = [content.length >> 8, content.length & 255];
  const length =
    content.length < 128
      ? [content.length]
      : content.length < 256
        ? [0x81, content.length]
        : [0x82, ...long];
  return Buffer.concat([Buffer.from([tag, ...length]), content]);
};
const SEQUENCE = 0x30;
const RSA_SHA256 = der(SEQUENCE, Buffer.from('06092a864886f70d01010b0500', 'hex'));
const integer = (value: number): Buffer => der(0x02, Buffer.from([value]));
const time = (text: string): Buffer => der(0x17, Buffer.from(text));
const commonName = (name: string): Buffer =>
  der(
    SEQUENCE,
    der(0x31, der(SEQUENCE, Buffer.from('0603550403', 'hex'), der(0x0c, Buffer.from(name)))),
  );

/** A certificate that signs itself, as PEM. https://www.rfc-editor.org/rfc/rfc5280 */
export function selfSigned(name: string, publicKey: KeyObject, privateKey: KeyObject): string {
  const body = der(
    SEQUENCE,
    integer(1),
    RSA_SHA256,
    commonName(name),
    der(SEQUENCE, time('250101000000Z'), time('350101000000Z')),
    commonName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('RSA-SHA256', body, privateKey);
  const whole = der(SEQUENCE, body, RSA_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

export const TOPIC = 'arn:aws:sns:eu-central-1:111122223333:orders';

/** SNS as far as signatures go: a key, its certificate, and messages signed as AWS's guide says. */
export class SnsSigner {
  readonly #key: KeyObject;
  readonly certificate: string;
  readonly certificateUrl: string;
  /** URLs of the certificates that were fetched. */
  readonly fetched: string[] = [];

  constructor(region = 'eu-central-1', bits = 2048) {
    const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: bits });
    this.#key = privateKey;
    this.certificate = selfSigned('sns.amazonaws.com', publicKey, privateKey);
    const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const name = randomUUID().replaceAll('-', '');
    this.certificateUrl = `https://sns.${region}.${domain}/SimpleNotificationService-${name}.pem`;
  }

  /** What checks its signatures, without a network. */
  signatures(options: Partial<SnsSignaturesOptions> = {}): SnsSignatures {
    return new SnsSignatures({
      fetch: (url) => {
        this.fetched.push(url);
        return Promise.resolve(this.certificate);
      },
      ...options,
    });
  }

  notification(message: string, fields: Readonly<Record<string, unknown>> = {}) {
    return this.sign({
      Type: 'Notification',
      MessageId: randomUUID(),
      TopicArn: TOPIC,
      Message: message,
      Timestamp: new Date().toISOString(),
      UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
      ...fields,
    });
  }

  confirmation(fields: Readonly<Record<string, unknown>> = {}) {
    const { TopicArn = TOPIC, Token = 'a'.repeat(64) } = fields;
    return this.sign({
      Type: 'SubscriptionConfirmation',
      MessageId: randomUUID(),
      Token,
      TopicArn,
      Message: 'You have chosen to subscribe to the topic.',
      SubscribeURL: `https://sns.eu-central-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=${String(TopicArn)}&Token=${String(Token)}`,
      Timestamp: new Date().toISOString(),
      ...fields,
    });
  }

  /** Signs by version 2, unless `SignatureVersion` is 1. */
  sign(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
    const { SignatureVersion = '2', SigningCertURL = this.certificateUrl } = fields;
    const keys =
      fields['Type'] === 'Notification'
        ? ['Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type']
        : ['Message', 'MessageId', 'SubscribeURL', 'Timestamp', 'Token', 'TopicArn', 'Type'];
    const signer = createSign(SignatureVersion === '1' ? 'RSA-SHA1' : 'RSA-SHA256');
    for (const key of keys)
      if (typeof fields[key] === 'string') signer.update(`${key}\n${fields[key]}\n`);
    const Signature = signer.sign(this.#key, 'base64');
    return { ...fields, SignatureVersion, Signature, SigningCertURL };
  }
}
