import { describe, expect, it } from '@jest/globals';
import type { MessageAttributeValue } from '@aws-sdk/client-sqs';
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { BrokerCopy, BrokerMessage } from '../../../../src/transport/broker/broker.queue.js';
import { sqsQueues } from '../../../../src/transport/broker/aws/sqs.queue.js';
import { DEAD_LETTER_ENCODING, unpacked } from '../../../../src/transport/codec/packed-body.js';
import { InvalidMessageError, PermanentError } from '../../../../src/transport/errors/index.js';
import {
  DEAD_LETTER_DETAILS,
  DEAD_LETTER_REASON,
  deadLetterCopies,
} from '../../../../src/transport/server/settling/dead-letter.copy.js';
import { DeadLetterQueue } from '../../../../src/transport/server/settling/dead-letter.js';
import { Lease } from '../../../../src/transport/server/leases/lease.js';
import { SQS_MAX_BYTES } from '../../../../src/transport/sns-sqs.constants.js';
import { fakeSqs, message, SqsFault, takeAll } from '../../fake-sqs.js';

type Attributes = Record<string, MessageAttributeValue>;

async function put(attributes: Attributes, error: unknown, fifo = false) {
  const { sqs, calls } = fakeSqs(takeAll);
  const received = message(
    'm',
    {
      ApproximateReceiveCount: '2',
      ApproximateFirstReceiveTimestamp: '1000',
      MessageGroupId: 'g',
    },
    {
      MessageAttributes: attributes,
    },
  );
  const lease = new Lease(received, 'm', 'm-handle', 1000, 2000);
  await new DeadLetterQueue(
    sqsQueues({ sqs, sqsPolling: sqs, sqsReplies: sqs })('http://dlq'),
    'jobs',
    fifo,
  ).put(lease, error);
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
    // By these names and this type other programs find them.
    expect(Object.entries(sent).map(([name, { DataType: type }]) => [name, type])).toEqual([
      ['tenant', 'String'],
      ['deadLetterReason', 'String'],
      ['deadLetterDetails', 'String'],
    ]);
    expect(details).toEqual({
      code: 'WEFT_PERMANENT',
      queue: 'jobs',
      messageId: 'm',
      receiveCount: 2,
      firstReceivedAt: '1970-01-01T00:00:01.000Z',
      attributes: {},
    });
  });

  it.each([
    ['an error of its own class', new TypeError('x is undefined'), 'TypeError', 'x is undefined'],
    ['what is no error', 'gone', 'unknown', 'gone'],
  ])('says what was thrown, also where that was %s', async (_what, thrown, code, said) => {
    const { reason, details } = await put({}, thrown);
    expect({ reason, code: details['code'] }).toEqual({ reason: said, code });
  });

  it('says nothing of a first receive that SQS did not tell of', async () => {
    const bare = new Lease({ MessageId: 'm' }, 'm', 'm-handle', 1000, 2000);
    const [copy] = deadLetterCopies(bare, 'jobs', new PermanentError('no'));
    expect(copy?.body).toBe('');
    expect(copy?.attributes[DEAD_LETTER_DETAILS]?.StringValue).not.toContain('firstReceivedAt');
  });

  it('that was redriven and failed again does not carry its former details within the new ones', async () => {
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
    expect(reason).toMatch(/^\u{fffd}/u);
    expect((await put({}, new PermanentError(''))).reason).toBe('no reason given');
  });

  it('keeps its group on FIFO, and is the same message when it is copied twice', async () => {
    const { input } = await put({}, new PermanentError('no'), true);
    expect(input).toMatchObject({ MessageGroupId: 'g', MessageDeduplicationId: 'm' });
    expect((await put({}, new PermanentError('no'))).input).not.toHaveProperty('MessageGroupId');
  });

  it('has every attribute of the message, those that find no room as text or base64 in its details', async () => {
    const bytes = new Uint8Array([0, 255, 10, 128]);
    const ten = Object.fromEntries(
      Array.from({ length: 9 }, (_, n) => [`a${n}`, text(`value ${n}`)]),
    );
    const { sent, details } = await put(
      { ...ten, seal: { DataType: 'Binary.Protobuf', BinaryValue: bytes } },
      new PermanentError('no'),
    );
    expect(Object.keys(sent)).toHaveLength(10);
    expect(details['attributes']).toEqual({
      a8: { type: 'String', value: 'value 8' },
      seal: { type: 'Binary.Protobuf', binary: 'AP8KgA==' },
    });
  });
});

/** A letter about a message that takes all of what SQS does but so many bytes. */
async function putFull(free: number, given: BrokerMessage = {}) {
  const attributes = { tenant: text('acme') };
  const size = SQS_MAX_BYTES - 'tenantStringacme'.length - free;
  const parts = { Body: 'x'.repeat(size), MessageAttributes: attributes, ...given };
  const lease = new Lease({ MessageId: 'm', ...parts }, 'm', 'm-handle', 1000, 2000);
  const copies = [...deadLetterCopies(lease, 'jobs', new PermanentError('r'.repeat(2000)))];
  return { lease, copies, best: copies[0] };
}

/** Bytes as SQS counts them: body, and name, type and value of each attribute. */
const bytesOf = ({ body, attributes }: Pick<BrokerCopy, 'body' | 'attributes'>): number =>
  Object.entries(attributes)
    .flatMap(([name, one]) => [
      name,
      one.DataType ?? '',
      one.StringValue ?? '',
      one.BinaryValue ?? '',
    ])
    .reduce((sum, part) => sum + Buffer.byteLength(part), Buffer.byteLength(body));

describe('a dead letter of a message that is nearly as large as SQS takes', () => {
  it('has all of its reason up to the last byte that SQS takes', () => {
    const attributes = {
      text: { DataType: 'String', StringValue: 'é' },
      bytes: { DataType: 'Binary', BinaryValue: new Uint8Array(1000) },
    };
    const copiesOf = (length: number) => {
      const received = { MessageId: 'm', Body: 'x'.repeat(length), MessageAttributes: attributes };
      const lease = new Lease(received, 'm', 'm-handle', 1000, 2000);
      return [...deadLetterCopies(lease, 'jobs', new PermanentError('r'.repeat(2000)))];
    };
    const [small] = copiesOf(0);
    const room = SQS_MAX_BYTES - (small ? bytesOf(small) : 0);
    const lengthOf = ([best]: ReturnType<typeof copiesOf>) =>
      best?.attributes[DEAD_LETTER_REASON]?.StringValue?.length;
    expect([lengthOf(copiesOf(room)), lengthOf(copiesOf(room + 1))]).toEqual([1024, 80]);
  });

  it.each([
    [8, undefined],
    [9, '{"attributes":{"a8":{"type":"String","value":"8"}}}'],
  ])(
    'has, where it is shortest, only those of %d attributes as details that find no room',
    (count, details) => {
      const attributes = Object.fromEntries(
        Array.from({ length: count }, (_, n) => [`a${n}`, text(String(n))]),
      );
      const received = { MessageId: 'm', Body: '{}', MessageAttributes: attributes };
      const lease = new Lease(received, 'm', 'm-handle', 1000, 2000);
      const shortest = [...deadLetterCopies(lease, 'jobs', new PermanentError('no'))][2];
      expect(shortest?.attributes[DEAD_LETTER_DETAILS]?.StringValue).toBe(details);
    },
  );

  it('is packed once: what is packed already is copied as it is', async () => {
    const { best } = await putFull(0);
    const back = { Body: best?.body, MessageAttributes: best?.attributes };
    const { copies } = await putFull(0, back);
    expect(new Set(copies.map(({ body }) => body))).toEqual(new Set([best?.body]));
  });

  it('that is packed has no more attributes than SQS takes, and the rest in its details', async () => {
    const nine = Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`a${n}`, text('v')]));
    const encoded = { ...nine, [DEAD_LETTER_ENCODING]: text('gzip+base64') };
    const { sent, details } = await put(encoded, new PermanentError('no'));
    expect(Object.keys(sent)).toHaveLength(10);
    expect(sent[DEAD_LETTER_ENCODING]).toEqual(text('gzip+base64'));
    expect(Object.keys(details['attributes'] as object)).toEqual(['a7', 'a8']);
  });

  it('says where it comes from also where its body is packed', async () => {
    const { best } = await putFull(0);
    expect(best?.attributes[DEAD_LETTER_DETAILS]?.StringValue).toContain('"messageId":"m"');
  });

  it('has a shorter reason, and its body as it was, where that is enough', async () => {
    const { lease, best } = await putFull(400);
    expect(best?.body).toBe(lease.message.Body);
    expect(best?.attributes[DEAD_LETTER_REASON]?.StringValue).toBe('r'.repeat(80));
    expect(best?.attributes[DEAD_LETTER_DETAILS]).toBeDefined();
    expect((await putFull(150)).best?.attributes[DEAD_LETTER_DETAILS]).toBeUndefined();
  });

  it('has its body packed where there is no room at all, and is read as it was when it is redriven', async () => {
    const { lease, best } = await putFull(0);
    expect(best?.attributes[DEAD_LETTER_REASON]?.StringValue).toBe('r'.repeat(1024));
    const back = { Body: best?.body, MessageAttributes: best?.attributes };
    expect(unpacked(back)).toBe(lease.message.Body);
    const again = await putFull(0, back);
    expect(again.best?.body).toBe(best?.body);
    expect(unpacked({ Body: again.best?.body, MessageAttributes: again.best?.attributes })).toBe(
      lease.message.Body,
    );
  });

  it('is none where even that does not help: SQS moves such a message by itself', async () => {
    const random = randomBytes(SQS_MAX_BYTES)
      .toString('base64')
      .slice(0, SQS_MAX_BYTES - 16);
    const { copies } = await putFull(0, { Body: random });
    expect(copies).toEqual([]);
  });

  it('is tried smaller when a dead-letter queue with a lower limit refuses it, and not when it refuses everything', async () => {
    const { lease } = await putFull(5000);
    const refuse = (code: string, statusCode: number) => {
      const { sqs, calls } = fakeSqs((call) => {
        if (calls.length < 3 || code !== 'InvalidParameterValue')
          throw new SqsFault(code, statusCode);
        return takeAll(call);
      });
      const queue = new DeadLetterQueue(
        sqsQueues({ sqs, sqsPolling: sqs, sqsReplies: sqs })('http://dlq'),
        'q',
        false,
      );
      return { put: queue.put(lease, new PermanentError('no')), calls };
    };
    const smaller = refuse('InvalidParameterValue', 400);
    await smaller.put;
    expect(smaller.calls).toHaveLength(3);
    const refusals = [
      ['AccessDeniedException', 403],
      ['QueueDoesNotExist', 400],
      ['ServiceUnavailable', 503],
    ] as const;
    for (const [name, statusCode] of refusals) {
      const { put: refused, calls } = refuse(name, statusCode);
      await expect(refused).rejects.toMatchObject({ name });
      expect({ name, calls: calls.length }).toEqual({ name, calls: 1 });
    }
  });

  it('whose body says that it is packed, and is not, cannot be read', () => {
    const attributes = { [DEAD_LETTER_ENCODING]: text('gzip+base64') };
    const bomb = gzipSync(Buffer.alloc(SQS_MAX_BYTES + 1)).toString('base64');
    for (const Body of ['{"a":1}', bomb])
      expect(() => unpacked({ Body, MessageAttributes: attributes })).toThrow(InvalidMessageError);
  });
});
