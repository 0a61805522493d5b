import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  InvalidOptionsError,
  InvalidSignatureError,
  RetryableError,
} from '../../../src/transport/index.js';
import { SnsSignatures } from '../../../src/transport/signatures/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import { readSigned } from '../../../src/transport/signatures/signed-message.js';
import { SnsSigner, TOPIC } from '../../support/sns-signer.js';

const signer = new SnsSigner();
const refusal = (message: unknown, signatures = signer.signatures()): Promise<unknown> =>
  signatures.verify(message).then(
    () => 'verified',
    (error: unknown) => error,
  );

describe('a message that SNS signed', () => {
  it.each(['1', '2'])('is verified, by version %s', async (SignatureVersion) => {
    const signatures = signer.signatures();
    for (const fields of [{}, { Subject: 'New order' }]) {
      const message = signer.notification('Order\n7 ü 😀', { SignatureVersion, ...fields });
      expect(await signatures.verify(JSON.parse(JSON.stringify(message)))).toMatchObject({
        type: 'Notification',
        topicArn: TOPIC,
        message: 'Order\n7 ü 😀',
        version: SignatureVersion,
      });
    }
    for (const Type of ['SubscriptionConfirmation', 'UnsubscribeConfirmation'])
      expect(
        await signatures.verify(signer.confirmation({ Type, SignatureVersion })),
      ).toMatchObject({ type: Type, token: 'a'.repeat(64) });
  });

  it('has the canonical text of the guide of AWS', () => {
    const { canonical } = readSigned(
      signer.notification('My Test Message', {
        MessageId: '4d4dc071-ddbf-465d-bba8-08f81c89da64',
        Subject: 'My subject',
        Timestamp: '2019-01-31T04:37:04.321Z',
        TopicArn: 'arn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P',
      }),
    );
    expect(canonical).toBe(
      'Message\nMy Test Message\nMessageId\n4d4dc071-ddbf-465d-bba8-08f81c89da64\nSubject\nMy subject\nTimestamp\n2019-01-31T04:37:04.321Z\nTopicArn\narn:aws:sns:us-east-2:123456789012:s4-MySNSTopic-1G1WEFCOXTC0P\nType\nNotification\n',
    );
  });

  it.each([
    ['Message', 'Order 8'],
    ['MessageId', '0'],
    ['Subject', 'Another'],
    ['Timestamp', '2026-01-01T00:00:00.000Z'],
    ['TopicArn', 'arn:aws:sns:eu-central-1:111122223333:other'],
    ['Signature', Buffer.alloc(256, 1).toString('base64')],
    ['SignatureVersion', '1'],
  ])('is refused once its %s is another', async (key, value) => {
    const message = signer.notification('Order 7', { Subject: 'New order' });
    expect(await refusal({ ...message, [key]: value })).toEqual(
      new InvalidSignatureError('The signature does not match the message'),
    );
  });

  it('is refused once a subject is taken away, or another message read out of its text', async () => {
    const { Subject: _subject, ...message } = signer.notification('7', { Subject: 'New' });
    expect(await refusal(message)).toBeInstanceOf(InvalidSignatureError);
    // The same canonical text, divided at other places.
    const long = signer.notification('7\nMessageId\nfake', {});
    const { MessageId: id } = long;
    const divided = { ...long, Message: '7', MessageId: `fake\nMessageId\n${String(id)}` };
    expect(await refusal(divided)).toEqual(
      new InvalidSignatureError(
        'The message is not one that SNS has signed: it has no MessageId, or one of another form',
      ),
    );
  });

  it('is another one after any change to what is signed', async () => {
    const signatures = signer.signatures();
    const message = signer.notification('Order 7', { Subject: 'New order' });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('Message', 'MessageId', 'Subject', 'Timestamp', 'TopicArn', 'Type'),
        fc.oneof(fc.string({ unit: 'binary' }), fc.jsonValue()),
        async (key, value) => {
          fc.pre(value !== message[key]);
          const found = await refusal({ ...message, [key]: value }, signatures);
          expect(found).toBeInstanceOf(InvalidSignatureError);
        },
      ),
      { numRuns: 100 },
    );
  });
});

describe('the URL of a certificate', () => {
  const HEX = '0123456789abcdef0123456789abcdef';
  const path = `/SimpleNotificationService-${HEX}.pem`;

  it.each([
    `http://sns.eu-central-1.amazonaws.com${path}`,
    `https://sns.eu-central-1.amazonaws.com:444${path}`,
    `https://sns.eu-west-1.amazonaws.com${path}`,
    `https://sns.eu-central-1.amazonaws.com.evil.example${path}`,
    `https://sns.eu-central-1.amazonaws.com.cn${path}`,
    `https://evil.example/sns.eu-central-1.amazonaws.com${path}`,
    `https://sns.eu-central-1.amazonaws.com@evil.example${path}`,
    `https://user@sns.eu-central-1.amazonaws.com${path}`,
    `https://sns.eu-central-1.amazonaws.com\\@evil.example${path}`,
    `https://snsxeu-central-1.amazonaws.com${path}`,
    `https://bucket.s3.eu-central-1.amazonaws.com${path}`,
    `https://sns.eu-central-1.amazonaws.com/../evil${path}`,
    `https://sns.eu-central-1.amazonaws.com${path}?x=1`,
    `https://sns.eu-central-1.amazonaws.com${path}#x`,
    `https://sns.eu-central-1.amazonaws.com${path}\n`,
    ` https://sns.eu-central-1.amazonaws.com${path}`,
    `HTTPS://SNS.EU-CENTRAL-1.AMAZONAWS.COM${path}`,
    'https://sns.eu-central-1.amazonaws.com/',
    'https://169.254.169.254/latest/meta-data/',
    'file:///etc/passwd',
    '',
  ])('is never fetched where it is not that of SNS in the region of the topic: %j', async (url) => {
    const { length } = signer.fetched;
    const message = signer.notification('x', { SigningCertURL: url });
    expect(await refusal(message)).toBeInstanceOf(InvalidSignatureError);
    expect(signer.fetched).toHaveLength(length);
  });

  it('is of the region, and of the partition, of the topic', async () => {
    const china = new SnsSigner('cn-north-1');
    const TopicArn = 'arn:aws-cn:sns:cn-north-1:111122223333:orders';
    const verified = await china.signatures().verify(china.notification('x', { TopicArn }));
    expect(verified.topicArn).toBe(TopicArn);
    const gov = new SnsSigner('us-gov-west-1');
    await gov
      .signatures()
      .verify(
        gov.notification('x', { TopicArn: 'arn:aws-us-gov:sns:us-gov-west-1:111122223333:orders' }),
      );
    expect(await refusal(china.notification('x'), china.signatures())).toBeInstanceOf(
      InvalidSignatureError,
    );
  });

  it('may be that of an emulator, where its origin is named', async () => {
    const SigningCertURL = 'http://localhost:4566/_aws/sns/certificate.pem';
    const message = signer.notification('x', { SigningCertURL });
    await signer.signatures({ origins: ['http://localhost:4566'] }).verify(message);
    for (const origin of ['http://localhost:456', 'http://localhost:4566/', 'localhost', '*'])
      expect(() => new SnsSignatures({ origins: [origin, 'x'] })).toThrow(InvalidOptionsError);
    const other = signer.signatures({ origins: ['http://localhost:456'] });
    expect(await refusal(message, other)).toBeInstanceOf(InvalidSignatureError);
  });
});

describe('certificates', () => {
  it('are fetched once at a time, and kept for a day', async () => {
    const own = new SnsSigner();
    const clock = new FakeClock();
    const signatures = own.signatures({ clock });
    await Promise.all([1, 2, 3].map((n) => signatures.verify(own.notification(`${n}`))));
    await clock.advance(23 * 3600_000);
    await signatures.verify(own.notification('x'));
    expect(own.fetched).toHaveLength(1);
    await clock.advance(2 * 3600_000);
    await signatures.verify(own.notification('x'));
    expect(own.fetched).toHaveLength(2);
  });

  it('that cannot be fetched now are asked for again later', async () => {
    const own = new SnsSigner();
    let up = false;
    const signatures = own.signatures({
      fetch: () =>
        up ? Promise.resolve(own.certificate) : Promise.reject(new RetryableError('down')),
    });
    expect(await refusal(own.notification('x'), signatures)).toMatchObject({ retryable: true });
    up = true;
    await signatures.verify(own.notification('x'));
  });

  it('are asked for at most 20 times a minute, so that made-up names ask AWS for nothing more', async () => {
    const own = new SnsSigner();
    const clock = new FakeClock();
    const signatures = own.signatures({ clock });
    await signatures.verify(own.notification('x'));
    const made = (n: number) => own.certificateUrl.replace(/.{4}(?=\.pem)/, `${1000 + n}`);
    const outcomes = [];
    for (let n = 0; n < 30; n += 1) {
      const message = own.notification('x', { SigningCertURL: made(n) });
      outcomes.push(await refusal(message, signatures));
    }
    expect(own.fetched).toHaveLength(20);
    expect(outcomes.filter((one) => one instanceof RetryableError)).toHaveLength(11);
    await signatures.verify(own.notification('x'));
    await clock.advance(60_000);
    await signatures.verify(own.notification('x', { SigningCertURL: made(31) }));
  });

  it('that are none, or of a weak key, are refused', async () => {
    const weak = new SnsSigner('eu-central-1', 1024);
    for (const certificate of ['', 'x', weak.certificate])
      expect(
        await refusal(
          signer.notification('x'),
          signer.signatures({ fetch: () => Promise.resolve(certificate) }),
        ),
      ).toBeInstanceOf(InvalidSignatureError);
  });
});

describe('what is no message of SNS', () => {
  it.each([
    null,
    [],
    'x',
    {},
    { ...signer.notification('x'), Type: 'Other' },
    { ...signer.notification('x'), Type: '__proto__' },
    { ...signer.notification('x'), TopicArn: 'arn:aws:sqs:eu-central-1:111122223333:q' },
    { ...signer.notification('x'), SignatureVersion: '3' },
    { ...signer.notification('x'), SignatureVersion: 2 },
    { ...signer.notification('x'), Signature: '' },
    { ...signer.notification('x'), SigningCertURL: 'x'.repeat(1000) },
    { ...signer.confirmation(), Token: 'a\nb' },
    { ...signer.confirmation(), Token: undefined },
  ])('is refused before anything is fetched: %#', async (message) => {
    const { length } = signer.fetched;
    expect(await refusal(message)).toBeInstanceOf(InvalidSignatureError);
    expect(signer.fetched).toHaveLength(length);
  });
});
