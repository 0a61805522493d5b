import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { unwrapSnsEnvelope } from '../../../src/transport/codec/sns-envelope.js';

const ENVELOPE = {
  Type: 'Notification',
  MessageId: 'm-1',
  TopicArn: 'arn:aws:sns:eu-west-1:000000000000:orders',
  Message: '{"a":1}',
  Timestamp: '2026-01-01T00:00:00.000Z',
};
const REQUIRED = Object.keys(ENVELOPE) as (keyof typeof ENVELOPE)[];

describe('the SNS envelope', () => {
  it('is taken off, and its attributes become the message attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (message, value) => {
        const { body, attributes } = unwrapSnsEnvelope(
          JSON.stringify({
            ...ENVELOPE,
            Message: message,
            MessageAttributes: { tenant: { Type: 'String', Value: value } },
          }),
        );
        expect(body).toBe(message);
        expect([...(attributes ?? [])]).toEqual([['tenant', value]]);
      }),
    );
  });

  it('is not mistaken for its neighbours: a message without attributes has none', () => {
    expect(unwrapSnsEnvelope(JSON.stringify(ENVELOPE))).toEqual({
      body: '{"a":1}',
      attributes: new Map(),
    });
  });

  it.each(REQUIRED)('is no envelope when %s is missing or of another type', (field) => {
    const { [field]: _left, ...rest } = ENVELOPE;
    for (const value of [rest, { ...rest, [field]: 7 }, { ...rest, [field]: { x: 1 } }]) {
      const body = JSON.stringify(value);
      expect(unwrapSnsEnvelope(body)).toEqual({ body });
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
    expect(unwrapSnsEnvelope(body)).toEqual({ body });
  });

  it.each([[null], [[]], ['text'], [{ a: null, b: 'text', c: { Value: 5 }, d: {} }]])(
    'reads no attribute out of %j',
    (attributes) => {
      const body = JSON.stringify({ ...ENVELOPE, MessageAttributes: attributes });
      expect(unwrapSnsEnvelope(body).attributes).toEqual(new Map());
    },
  );
});
