import { S3Client } from '@aws-sdk/client-s3';
import { SNSClient } from '@aws-sdk/client-sns';
import { describe, expect, it } from '@jest/globals';
import { Readable } from 'node:stream';
import { PayloadStore } from '../../../src/transport/codec/payload-store.js';
import {
  InvalidRecordError,
  MessageTooLargeError,
  SendFailedError,
} from '../../../src/transport/errors/index.js';
import { awsSend } from '../../../src/transport/broker/aws/aws.send.js';
import type { OutgoingMessage } from '../../../src/transport/broker/broker.js';
import { outgoingMessage } from '../../../src/transport/sender/outgoing-message.js';
import { Sender } from '../../../src/transport/sender/sender.js';
import { waitForCount } from '../../support/wait.js';
import { fakeSqs, takeAll, type SqsCall } from '../fake-sqs.js';

const QUEUE = { kind: 'queue', address: 'http://localhost/0/jobs', fifo: false } as const;
const FIFO = { kind: 'queue', address: 'http://localhost/0/jobs.fifo', fifo: true } as const;
const TOPIC = { kind: 'topic', address: 'arn:aws:sns:eu-west-1:0:jobs', fifo: false } as const;
const BIG = 'x'.repeat(1024 * 1024);

const small = (id: string, parts: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  body: id,
  attributes: {},
  ...parts,
});

interface Entry {
  readonly MessageBody: string;
  readonly MessageDeduplicationId?: string;
  readonly MessageGroupId?: string;
  readonly MessageAttributes?: Record<string, { DataType: string; StringValue: string }>;
}

/** Ids of the entries of a call of PublishBatch. */
const idsOf = (call: URLSearchParams): string[] =>
  [...call].filter(([name]) => name.endsWith('.Id')).map(([, id]) => id);

/** A sender, what its SQS and SNS are sent, and the puts to its bucket, which the test ends by hand. */
function sender(answer: (call: SqsCall) => object = takeAll) {
  const { sqs, calls } = fakeSqs(answer);
  const published: URLSearchParams[] = [];
  const sns = new SNSClient({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: ({ body }: { body: Uint8Array }) => {
        const call = new URLSearchParams(Buffer.from(body).toString());
        published.push(call);
        const taken = idsOf(call).map((id) => `<member><Id>${id}</Id></member>`);
        const xml = `<PublishBatchResponse><PublishBatchResult><Successful>${taken.join('')}</Successful></PublishBatchResult></PublishBatchResponse>`;
        return Promise.resolve({
          response: { statusCode: 200, headers: {}, body: Readable.from([xml]) },
        });
      },
    },
  });
  const puts: (() => void)[] = [];
  const s3 = new S3Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: () =>
        new Promise((resolve) =>
          puts.push(() =>
            resolve({ response: { statusCode: 200, headers: {}, body: Readable.from(['']) } }),
          ),
        ),
    },
  });
  const broker = { send: awsSend({ sqs, snsIn: () => sns }) };
  const entries = (): Entry[] => calls.flatMap(({ input }) => input['Entries'] as Entry[]);
  return {
    calls,
    puts,
    entries,
    published,
    plain: new Sender(broker, { lingerMs: 0 }),
    storing: new Sender(broker, { lingerMs: 0 }, new PayloadStore(() => s3, 'payloads')),
  };
}

const turn = (): Promise<void> =>
  new Promise((resolve) => setTimeout(() => setImmediate(resolve), 5));

/** Resolves when so many bodies are on their way to S3. */
const onTheirWay = (puts: readonly unknown[], count: number): Promise<unknown> =>
  waitForCount('bodies on their way to S3', () => puts, count);

describe('the sender', () => {
  it('settles each message by its own entry', async () => {
    const { plain } = sender(({ input }) => {
      const ids = (input['Entries'] as { Id: string }[]).map(({ Id }) => Id);
      return {
        Successful: ids.filter((id) => id !== '1').map((Id) => ({ Id })),
        Failed: [{ Id: '1', Code: 'InvalidMessageContents', SenderFault: true }],
      };
    });
    const results = await Promise.allSettled(
      ['a', 'b', 'c'].map((id) => plain.send(QUEUE, small(id))),
    );
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(results[1]).toMatchObject({ reason: expect.any(SendFailedError) });
  });

  it('sends again what was answered with something that is no answer of SQS, and says so in the end', async () => {
    const page = Buffer.from('<html>Please log in</html>');
    let pages = 1;
    const { plain, calls } = sender((call) => (pages-- > 0 ? page : takeAll(call)));
    await plain.send(QUEUE, small('a'));
    expect(calls).toHaveLength(2);
    pages = Infinity;
    await expect(plain.send(QUEUE, small('b'))).rejects.toMatchObject({
      code: 'WEFT_SEND_FAILED',
      retryable: true,
      message: expect.stringContaining('The answer of SQS cannot be read'),
    });
  });

  it('refuses what waits beyond its bounds, and goes on with what it has', async () => {
    const { sqs } = fakeSqs(takeAll);
    const bounded = new Sender(
      { send: awsSend({ sqs, snsIn: () => new SNSClient({}) }) },
      { lingerMs: 0, messages: 1, bytes: 1000 },
    );
    const sent = await Promise.allSettled(
      Array.from({ length: 20 }, (_, n) => bounded.send(QUEUE, small(String(n)))),
    );
    const refused = sent.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(9);
    expect(refused[0]).toMatchObject({ reason: { code: 'WEFT_SEND_BUFFER_FULL' } });
  });

  it('gives a group and a deduplication id on FIFO, and no deduplication id elsewhere, where it is refused', async () => {
    const { plain, entries, published } = sender();
    await plain.send(FIFO, small('a', { group: 'g' }));
    await plain.send(QUEUE, small('b', { group: 'g' }));
    expect(entries()).toMatchObject([
      { MessageGroupId: 'g', MessageDeduplicationId: 'a' },
      { MessageGroupId: 'g' },
    ]);
    expect(entries()[1]).not.toHaveProperty('MessageDeduplicationId');
    await plain.send(TOPIC, small('c', { group: 'g' }));
    const member = 'PublishBatchRequestEntries.member.1';
    expect(published[0]?.get(`${member}.MessageGroupId`)).toBe('g');
    expect([...(published[0]?.keys() ?? [])]).not.toContain(`${member}.MessageDeduplicationId`);
  });

  it('offloads a body over the limit to S3 and sends a pointer with its size', async () => {
    const { storing, puts, entries } = sender();
    const sent = storing.send(QUEUE, small('a', { body: `${BIG}é` }));
    await onTheirWay(puts, 1);
    puts[0]?.();
    await sent;
    const [entry] = entries();
    expect(JSON.parse(entry?.MessageBody ?? '')).toEqual([
      'software.amazon.payloadoffloading.PayloadS3Pointer',
      { s3BucketName: 'payloads', s3Key: expect.any(String) },
    ]);
    expect(entry?.MessageAttributes).toEqual({
      ExtendedPayloadSize: { DataType: 'Number', StringValue: String(BIG.length + 2) },
    });
  });

  it('refuses a body over the limit before anything is sent when there is no bucket', async () => {
    const { plain, calls } = sender();
    await expect(plain.send(QUEUE, small('a', { body: `${BIG}x` }))).rejects.toThrow(
      MessageTooLargeError,
    );
    await plain.send(QUEUE, small('a', { body: BIG }));
    expect(calls).toHaveLength(1);
  });

  it('fills calls, and offloads bodies to S3, by the limit that the topic declares', async () => {
    const { puts, published, storing } = sender();
    const wide = { ...TOPIC, maxMessageBytes: 1024 * 1024 };
    const body = 'x'.repeat(400 * 1024);
    await Promise.all(['a', 'b', 'c'].map((id) => storing.send(wide, small(id, { body }))));
    expect(puts).toEqual([]);
    expect(
      published.map((call) => idsOf(call).length).toSorted((one, other) => one - other),
    ).toEqual([1, 2]);
    const narrow = { ...TOPIC, address: `${TOPIC.address}-narrow`, maxMessageBytes: 1024 };
    const aside = storing.send(narrow, small('d', { body: 'x'.repeat(1025) }));
    await waitForCount('payloads stored', () => puts, 1);
    puts[0]?.();
    await aside;
    expect(published.at(-1)?.toString()).toContain('ExtendedPayloadSize');
  });

  it('refuses a tenth attribute on a message that needs one for its size', async () => {
    const { storing, puts } = sender();
    const attributes = Object.fromEntries(
      Array.from({ length: 10 }, (_, n) => [`a${n}`, { DataType: 'Number', StringValue: '1' }]),
    );
    await expect(storing.send(QUEUE, small('a', { body: BIG, attributes }))).rejects.toThrow(
      InvalidRecordError,
    );
    expect(puts).toEqual([]);
  });

  it('lets no message of a FIFO queue overtake a large one whose body is on its way to S3, nor a refused one free the way', async () => {
    const { storing, puts, entries } = sender();
    const many = { x: { DataType: 'Number', StringValue: '1' } };
    const tooMany = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`a${n}`, many.x]));
    const sent = [
      storing.send(FIFO, small('1', { group: 'g', body: `1${BIG}` })),
      storing.send(FIFO, small('2', { group: 'g', body: BIG, attributes: tooMany })),
      storing.send(FIFO, small('3', { group: 'g' })),
      storing.send(FIFO, small('4', { group: 'g', body: `4${BIG}` })),
      storing.send(FIFO, small('5', { group: 'g' })),
    ];
    const settled = Promise.allSettled(sent);
    await onTheirWay(puts, 2);
    expect(entries()).toEqual([]);
    puts[1]?.();
    await turn();
    expect(entries()).toEqual([]);
    puts[0]?.();
    expect((await settled).map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
    expect(entries().map((entry) => entry.MessageDeduplicationId)).toEqual(['1', '3', '4', '5']);
  });

  it('lets no message of a FIFO queue overtake one that waits for capacity, whenever it comes', async () => {
    // A message that comes as capacity is given to another, so many turns of the microtask queue after the answer.
    for (let turns = 0; turns < 40; turns += 1) {
      const order: string[] = [];
      const answered = Promise.withResolvers<void>();
      const bounded = new Sender(
        {
          send: async (_to, messages) => {
            order.push(...messages.map(({ id }) => id));
            await answered.promise;
            return messages.map(() => ({ ok: true }));
          },
        },
        { lingerMs: 0, messages: 3 },
      );
      const send = (id: string, group: string) => bounded.send(FIFO, small(id, { group }));
      const sent = ['a', 'b', 'c'].map((group) => send(group, group));
      sent.push(send('first', 'g'));
      await turn();
      answered.resolve();
      for (let n = 0; n < turns; n += 1) await Promise.resolve();
      await Promise.all([...sent, send('second', 'g')]);
      expect({ turns, order: order.slice(3) }).toEqual({ turns, order: ['first', 'second'] });
    }
  });

  it('keeps sending to thousands of reply queues, each for the first time', async () => {
    const { plain, calls } = sender();
    for (let n = 0; n < 250; n += 1)
      await plain.send({ ...QUEUE, address: `http://localhost/0/weft-replies-${n}` }, small('a'));
    expect(calls).toHaveLength(250);
    await plain.flush();
  });
});

describe('an outgoing message', () => {
  const encoded = { body: '{}', attributes: {} };

  it.each(['', 'x'.repeat(100), 'two\nlines', 'bell\u0007', 'line\u2028separator'])(
    'refuses the subject %j, which SNS does not take',
    (subject) => {
      expect(() => outgoingMessage('i', { ...encoded, subject }, {}, {}, TOPIC)).toThrow(
        InvalidRecordError,
      );
    },
  );

  it('takes a subject of 99 characters', () => {
    const subject = 'é'.repeat(99);
    expect(outgoingMessage('i', { ...encoded, subject }, {}, {}, TOPIC).subject).toBe(subject);
  });

  it.each([
    ['a FIFO destination without a group', {}, FIFO],
    ['a delay on a topic', { delayS: 1 }, TOPIC],
    ['a delay on a FIFO queue', { group: 'g', delayS: 1 }, FIFO],
    ['a delay of 901 s', { delayS: 901 }, QUEUE],
  ])('refuses %s', (_what, options, destination) => {
    expect(() => outgoingMessage('i', encoded, options, {}, destination)).toThrow(
      InvalidRecordError,
    );
  });

  it('has no custom attribute of a name the transport writes itself', () => {
    const own = { replyTo: { type: 'String', value: 'ours' } } as const;
    const options = { attributes: { replyTo: 'theirs' } };
    expect(() => outgoingMessage('i', encoded, options, own, QUEUE)).toThrow(
      'The attribute replyTo is written by the transport',
    );
  });
});
