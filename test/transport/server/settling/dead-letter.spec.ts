import { describe, expect, it } from '@jest/globals';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { PermanentError } from '../../../../src/transport/errors/index.js';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  DeadLetterQueue,
} from '../../../../src/transport/server/settling/dead-letter.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { fakeSqs, message } from '../../fake-sqs.js';

type Attributes = Record<string, MessageAttributeValue>;

async function put(attributes: Attributes, error: unknown, fifo = false) {
  const { sqs, calls } = fakeSqs(() => ({}));
  const received = message(
    'm',
    { ApproximateReceiveCount: '2', MessageGroupId: 'g' },
    {
      MessageAttributes: attributes,
    },
  );
  const lease = new Lease(received, 'm', 'm-handle', 1000, 2000);
  await new DeadLetterQueue(sqs, 'http://dlq', 'jobs', fifo).put(lease, error);
  const [{ input } = { input: {} as Record<string, unknown> }] = calls;
  const sent = input['MessageAttributes'] as Attributes;
  return {
    input,
    sent,
    reason: sent[DEAD_LETTER_REASON]?.StringValue,
    details: JSON.parse(sent[DEAD_LETTER_DETAILS]?.StringValue ?? '') as Record<string, unknown>,
  };
}

const text = (value: string): MessageAttributeValue => ({ DataType: 'String', StringValue: value });

describe('a dead letter', () => {
  it('says why it is one, and what it was', async () => {
    const { sent, reason, details } = await put({ tenant: text('acme') }, new PermanentError('no'));
    expect(sent['tenant']).toEqual(text('acme'));
    expect(reason).toBe('no');
    expect(details).toEqual({
      code: 'WEFT_PERMANENT',
      queue: 'jobs',
      messageId: 'm',
      receiveCount: 2,
      firstReceivedAt: '1970-01-01T00:00:01.000Z',
      attributes: {},
    });
  });

  it('that was moved back and failed again does not carry its former details within the new ones', async () => {
    const before = Object.fromEntries(
      Array.from({ length: 8 }, (_, n) => [`a${n}`, text(String(n))]),
    );
    const { sent, details } = await put(
      { ...before, [DEAD_LETTER_REASON]: text('old'), [DEAD_LETTER_DETAILS]: text('{"old":1}') },
      new PermanentError('new'),
    );
    expect(Object.keys(sent)).toHaveLength(10);
    expect(details['attributes']).toEqual({});
  });

  it('has a reason that SQS takes, of bounded length', async () => {
    const { reason } = await put({}, new PermanentError(`\u0000😀\ufffe${'x'.repeat(5000)}`));
    expect(reason).toMatch(/^[\u{20}-\u{fffd}]{1,1024}$/u);
    expect((await put({}, new PermanentError(''))).reason).toBe('no reason given');
  });

  it('keeps its group on FIFO, and is the same message when it is copied twice', async () => {
    const { input } = await put({}, new PermanentError('no'), true);
    expect(input).toMatchObject({ MessageGroupId: 'g', MessageDeduplicationId: 'm' });
    expect((await put({}, new PermanentError('no'))).input).not.toHaveProperty('MessageGroupId');
  });
});
