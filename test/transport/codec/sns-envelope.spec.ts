import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  unwrapSnsEnvelope,
  type ExpectedEnvelopes,
} from '../../../src/transport/codec/sns-envelope.js';

const ENVELOPE = {
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: 'arn:aws:sns:eu-west-1:000000000000:orders',
  Message: '{"a":1}',
  Timestamp: '2026-01-01T00:00:00.000Z',
};
const REQUIRED = Object.keys(ENVELOPE) as (keyof typeof ENVELOPE)[];
const unwrap = (body: string, expected: ExpectedEnvelopes = 'unknown') =>
  unwrapSnsEnvelope(body, expected);

describe('the SNS envelope', () => {
  it('is taken off, and its attributes become the message attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, value) => {
        const { body, attributes } = unwrap(
          JSON.stringify({
            ...ENVELOPE,
            Message: message,
            MessageAttributes: { tenant: { Type: 'String', Value: value } },
          }),
        );
        expect(body).toBe(message);
        expect([...(attributes?.texts ?? [])]).toEqual([['tenant', value]]);
      }),
    );
  });

  it('is not mistaken for its neighbours: a message without attributes has none', () => {
    expect(unwrap(JSON.stringify(ENVELOPE))).toEqual({
      body: '{"a":1}',
      envelopes: [ENVELOPE],
      attributes: { texts: new Map(), bytes: new Map() },
    });
  });

  it.each(REQUIRED)('is no envelope when %s is missing or of another type', (field) => {
    const { [field]: _left, ...rest } = ENVELOPE;
    for (const value of [rest, { ...rest, [field]: 7 }, { ...rest, [field]: { x: 1 } }]) {
      const body = JSON.stringify(value);
      expect(unwrap(body)).toEqual({ body });
    }
  });

  it.each([
    '{"Message":"mine","data":1}',
    '{"TopicArn":"mine"}',
    '{"Message":"mine","TopicArn":"mine"}',
    '{"Type":"Notification","Message":"mine"}',
    '["TopicArn"]',
    'not JSON at all "TopicArn"',
    '"\\"TopicArn\\""',
    '',
  ])("leaves a user's own body %j alone", (body) => {
    expect(unwrap(body)).toEqual({ body });
  });

  it.each([[null], [[]], ['text'], [{ a: null, b: 'text', c: { Value: 5 }, d: {} }]])(
    'reads no attribute out of %j',
    (attributes) => {
      const body = JSON.stringify({ ...ENVELOPE, MessageAttributes: attributes });
      expect(unwrap(body).attributes?.texts).toEqual(new Map());
    },
  );

  it.each(['MessageId', 'TopicArn', 'Timestamp'] as const)(
    'may lack %s where a subscription wraps its messages',
    (field) => {
      const { [field]: _left, ...rest } = ENVELOPE;
      expect(unwrap(JSON.stringify(rest), 'wrapped').body).toBe('{"a":1}');
      const odd = JSON.stringify({ ...rest, [field]: 7 });
      expect(unwrap(odd, 'wrapped')).toEqual({ body: odd });
    },
  );

  it('of a queue whose subscriptions are all raw is believed of its own topics alone', () => {
    const body = JSON.stringify(ENVELOPE);
    expect(unwrap(body, [ENVELOPE.TopicArn]).body).toBe('{"a":1}');
    expect(unwrap(body, ['arn:aws:sns:eu-west-1:000000000000:returns'])).toEqual({ body });
    expect(unwrap(body, [])).toEqual({ body });
  });

  it('gives bytes for attributes of the type Binary', () => {
    const body = JSON.stringify({
      ...ENVELOPE,
      MessageAttributes: {
        proof: { Type: 'Binary', Value: 'AP8K' },
        kind: { Type: 'Binary.Protobuf', Value: 'AQ==' },
        n: { Type: 'Number', Value: '5' },
      },
    });
    const { texts, bytes } = unwrap(body).attributes ?? {};
    expect([...(texts ?? [])]).toEqual([['n', '5']]);
    expect([...(bytes ?? [])]).toEqual([
      ['proof', new Uint8Array([0, 255, 10])],
      ['kind', new Uint8Array([1])],
    ]);
  });
});
