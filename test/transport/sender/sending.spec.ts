import { randomBytes } from 'node:crypto';
import type { TransportFacts } from '../../../src/transport/transport.observer.js';
import { gunzipSync } from 'node:zlib';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import type { Address, OutgoingMessage } from '../../../src/transport/broker/broker.js';
import { refusal } from '../../../src/transport/broker/refusal.js';
import type { EntryOutcome } from '../../../src/transport/call-batching/entry-batcher.js';
import type { PayloadStore } from '../../../src/transport/codec/payload-store.js';
import { MessageTooLargeError, SendFailedError } from '../../../src/transport/errors/index.js';
import type { ChannelOptions } from '../../../src/transport/sender/channel.js';
import { messageBytes } from '../../../src/transport/sender/outgoing-message.js';
import { mostPending, Sender } from '../../../src/transport/sender/sender.js';
import type { SendBufferLimits } from '../../../src/transport/sender/send-buffer.js';
import { FakeClock } from '../../../src/testing/index.js';

const QUEUE = { kind: 'queue', address: 'http://localhost/0/jobs', fifo: false } as const;
const FIFO = { kind: 'queue', address: 'http://localhost/0/jobs.fifo', fifo: true } as const;
const TOPIC = { kind: 'topic', address: 'arn:aws:sns:eu-west-1:0:jobs', fifo: false } as const;
const GZIP = { encoding: 'gzip', aboveBytes: 100, maxBytes: 10_000_000 } as const;

const small = (id: string, parts: Partial<OutgoingMessage> = {}): OutgoingMessage => ({
  id,
  body: id,
  attributes: {},
  ...parts,
});

const sized = (id: string, bytes: number): OutgoingMessage =>
  small(id, { body: 'x'.repeat(bytes) });

/** So many attributes. */
const attributes = (count: number) =>
  Object.fromEntries(
    Array.from({ length: count }, (_, n) => [`a${n}`, { DataType: 'Number', StringValue: '1' }]),
  );

interface Scene extends Partial<ChannelOptions & SendBufferLimits> {
  readonly answer?: (messages: readonly OutgoingMessage[]) => Promise<EntryOutcome[]>;
  readonly bucket?: boolean;
}

const taken = (messages: readonly unknown[]): EntryOutcome[] => messages.map(() => ({ ok: true }));

/** A sender, the calls of its broker, and what is in its bucket. */
function sending({ answer, bucket = false, ...options }: Scene = {}) {
  const calls: { to: Address; messages: readonly OutgoingMessage[] }[] = [];
  const stored: string[] = [];
  const payloads: Pick<PayloadStore, 'put'> = {
    put: (key, body) => {
      stored.push(body);
      return Promise.resolve({ bucket: 'payloads', key });
    },
  };
  const sender = new Sender(
    {
      send: (to, messages) => {
        calls.push({ to, messages });
        return answer?.(messages) ?? Promise.resolve(taken(messages));
      },
    },
    { lingerMs: 0, ...options },
    bucket ? (payloads as PayloadStore) : undefined,
  );
  const sent = (): readonly OutgoingMessage[] => calls.flatMap(({ messages }) => messages);
  return { sender, calls, sent, stored };
}

/** Long enough for all that needs no answer. */
async function turns(): Promise<void> {
  for (let n = 0; n < 20; n += 1) await nextTurn();
}

const inflated = ({ body }: OutgoingMessage): string =>
  gunzipSync(Buffer.from(body, 'base64')).toString();

const replyQueue = (n: number) => ({ ...FIFO, address: `http://localhost/0/reply-${n}.fifo` });

const cutOff = (): Error => Object.assign(new Error('cut off'), { code: 'ECONNRESET' });

describe('what is sent', () => {
  it('goes to the destination by its kind, its address and whether it is FIFO', async () => {
    const { sender, calls } = sending();
    await sender.send({ ...TOPIC, maxMessageBytes: 5000 }, small('a'));
    await sender.send(FIFO, small('b', { group: 'g' }));
    expect(calls.map(({ to }) => to)).toEqual([TOPIC, FIFO]);
  });

  it('goes out ten messages a call, by one channel for each destination', async () => {
    const { sender, calls } = sending();
    const ids = Array.from({ length: 12 }, (_, n) => String(n));
    await Promise.all([
      ...ids.map((id) => sender.send(QUEUE, small(id))),
      sender.send(TOPIC, small('t')),
    ]);
    expect(calls.map(({ to, messages }) => `${to.kind} ${messages.length}`).toSorted()).toEqual([
      'queue 10',
      'queue 2',
      'topic 1',
    ]);
  });

  it('waits for company while a call is open, as long as it was told, by the clock it was given', async () => {
    const clock = new FakeClock(0);
    const { sender, calls } = sending({
      clock,
      lingerMs: 30,
      answer: () => new Promise(() => undefined),
    });
    void sender.send(QUEUE, small('a'));
    await clock.advance(0);
    void sender.send(QUEUE, small('b'));
    await clock.advance(29);
    expect(calls).toHaveLength(1);
    await clock.advance(1);
    expect(calls.map(({ messages }) => messages.map(({ id }) => id))).toEqual([['a'], ['b']]);
  });

  it.each([
    ['whose call was cut off', () => Promise.reject(cutOff()), 4],
    [
      'whose call was answered with what is no answer',
      () => Promise.reject(new SendFailedError('no answer', { retryable: true })),
      4,
    ],
    ['whose call was refused as a whole', () => Promise.reject(refusal('AccessDenied')), 1],
    ['whose call failed for a mistake of ours', () => Promise.reject(new TypeError('no')), 1],
  ])('%s is tried as often as may help', async (_what, answer, tries) => {
    const clock = new FakeClock(0);
    const { sender, calls } = sending({ clock, answer });
    const results = Promise.allSettled([sender.send(QUEUE, small('a'))]);
    for (let n = 0; n < 20; n += 1) await clock.advance(100);
    expect((await results).map(({ status }) => status)).toEqual(['rejected']);
    expect(calls).toHaveLength(tries);
  });

  it.each([
    ['one at a time to a FIFO destination', FIFO, 1],
    ['eight at a time to any other', QUEUE, 8],
  ])('goes out in calls %s', async (_what, destination, open) => {
    const { sender, calls } = sending({ answer: () => new Promise(() => undefined) });
    for (let n = 0; n < 200; n += 1)
      void sender.send(destination, small(String(n), { group: 'g' }));
    await turns();
    expect(calls).toHaveLength(open);
  });

  it('of a FIFO group stops behind a message that was refused, and other groups go on', async () => {
    const { sender, sent } = sending({
      answer: async (messages) => {
        await turns();
        return messages.map(({ id }) =>
          id === 'a0' ? { ok: false, retryable: false, error: refusal('no') } : { ok: true },
        );
      },
    });
    // More than a call takes.
    const ids = Array.from({ length: 10 }, (_, n) => `a${n}`);
    const results = await Promise.allSettled([
      ...ids.map((id) => sender.send(FIFO, small(id, { group: 'a' }))),
      ...['a10', 'b0'].map((id) => sender.send(FIFO, small(id, { group: id.slice(0, 1) }))),
    ]);
    expect(results.at(-2)?.status).toBe('rejected');
    expect(results.at(-1)?.status).toBe('fulfilled');
    expect(sent().map(({ id }) => id)).not.toContain('a10');
  });

  it('is flushed to every destination', async () => {
    const clock = new FakeClock(0);
    const first: (() => void)[] = [];
    const { sender, calls } = sending({
      clock,
      lingerMs: 1000,
      answer: (messages) =>
        calls.length > 2
          ? Promise.resolve(taken(messages))
          : new Promise((resolve) => first.push(() => resolve(taken(messages)))),
    });
    const all = [QUEUE, TOPIC].map((to) => sender.send(to, small('a')));
    await clock.advance(0);
    all.push(...[QUEUE, TOPIC].map((to) => sender.send(to, small('b'))));
    const flushed = sender.flush();
    await clock.advance(0);
    expect(calls).toHaveLength(4);
    for (const answer of first) answer();
    await flushed;
    await Promise.all(all);
  });

  it('is counted with its destination and kind, and reply queues by what their names have in common', async () => {
    const counted: unknown[] = [];
    const observer = { called: ({ call }: TransportFacts['called']) => void counted.push(call) };
    await sending({ observer }).sender.send(TOPIC, small('a'));
    await sending({ observer, temporary: 'weft-replies-' }).sender.send(QUEUE, small('b'));
    expect(counted).toEqual([
      { operation: 'send', system: 'aws.sns', destination: 'jobs', temporary: false },
      { operation: 'send', system: 'aws_sqs', destination: 'weft-replies-', temporary: true },
    ]);
  });
});

describe('a body over the limit', () => {
  const OVER_TOPIC = 'x'.repeat(256 * 1024 + 1);

  it.each([
    ['a topic', TOPIC, 256 * 1024, 'SNS'],
    ['a queue', QUEUE, 1024 * 1024, 'SQS'],
    ['a topic that declares its own limit', { ...TOPIC, maxMessageBytes: 1000 }, 1000, 'SNS'],
  ])('is what has more bytes than %s takes', async (_what, destination, limit, service) => {
    const { sender, sent } = sending();
    await sender.send(destination, small('a', { body: 'x'.repeat(limit) }));
    const over = small('b', { body: 'x'.repeat(limit + 1) });
    const refused = {
      code: 'WEFT_MESSAGE_TOO_LARGE',
      message: expect.stringMatching(new RegExp(`${limit + 1} bytes, ${service} .*${limit}\\b`)),
      details: { bytes: limit + 1, limit },
    };
    await expect(sender.send(destination, over)).rejects.toMatchObject(refused);
    expect(() => sender.refuseTooLarge(destination, over)).toThrow(
      expect.objectContaining(refused),
    );
    expect(sent()).toHaveLength(1);
  });

  it('is refused at once only where neither a bucket nor compression could help', () => {
    const over = small('a', { body: OVER_TOPIC });
    expect(() => sending().sender.refuseTooLarge(TOPIC, over)).toThrow(MessageTooLargeError);
    const fits = small('b', { body: OVER_TOPIC.slice(1) });
    sending().sender.refuseTooLarge(TOPIC, fits);
    sending({ bucket: true }).sender.refuseTooLarge(TOPIC, over);
    sending().sender.refuseTooLarge(TOPIC, over, { compression: GZIP });
  });

  it('needs one attribute for its size: the tenth is free for it, and an eleventh is refused', async () => {
    const { sender, sent, stored } = sending({ bucket: true });
    await sender.send(TOPIC, small('a', { body: OVER_TOPIC, attributes: attributes(9) }));
    expect(sent()[0]?.attributes).toMatchObject({
      ...attributes(9),
      ExtendedPayloadSize: { DataType: 'Number', StringValue: String(OVER_TOPIC.length) },
    });
    const full = small('b', { body: OVER_TOPIC, attributes: attributes(10) });
    await expect(sender.send(TOPIC, full)).rejects.toMatchObject({ code: 'WEFT_INVALID_RECORD' });
    expect(stored).toEqual([OVER_TOPIC]);
  });

  it('takes no more of a call than its pointer does', async () => {
    const { sender, calls } = sending({ bucket: true });
    await Promise.all(
      Array.from({ length: 10 }, (_, n) => sender.send(TOPIC, small(`${n}`, { body: OVER_TOPIC }))),
    );
    expect(calls.map(({ messages }) => messages.length)).toEqual([10]);
  });
});

describe('a body that may be compressed', () => {
  const text = 'a body that repeats itself. '.repeat(50_000);
  const noise = randomBytes(300_000).toString('hex');

  it('goes out compressed, and not to the bucket, where it then fits', async () => {
    const { sender, sent, stored } = sending({ bucket: true });
    await sender.send(TOPIC, small('a', { body: text }), { compression: GZIP });
    const [message] = sent();
    expect(message && inflated(message)).toBe(text);
    expect(stored).toEqual([]);
  });

  it('goes out as it is where it is small, or where nobody asked for compression', async () => {
    const { sender, sent } = sending();
    await sender.send(TOPIC, small('a', { body: 'x'.repeat(100) }), { compression: GZIP });
    await sender.send(TOPIC, small('b', { body: 'x'.repeat(101) }));
    expect(sent().map(({ body }) => body.length)).toEqual([100, 101]);
  });

  it('is taken for as many bytes as it has compressed: more of them share a call', async () => {
    const { sender, calls } = sending();
    const body = text.slice(0, 100_000);
    await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        sender.send(TOPIC, small(`${n}`, { body }), { compression: GZIP }),
      ),
    );
    expect(calls.length).toBeLessThan(10);
    expect(calls.flatMap(({ messages }) => messages)).toHaveLength(10);
  });

  it('goes out compressed up to the last byte that its destination takes', async () => {
    const { sender, sent, stored } = sending({ bucket: true });
    const send = (maxMessageBytes: number) =>
      sender.send(
        { ...TOPIC, address: `x:${maxMessageBytes}`, maxMessageBytes },
        small('a', { body: text }),
        {
          compression: GZIP,
        },
      );
    await send(text.length);
    const [compressed] = sent();
    const bytes = compressed ? messageBytes(compressed) : 0;
    await send(bytes);
    expect(stored).toEqual([]);
    await send(bytes - 1);
    expect(stored).toHaveLength(1);
  });

  it('goes to the bucket compressed where that is still too large', async () => {
    const { sender, sent, stored } = sending({ bucket: true });
    await sender.send(TOPIC, small('a', { body: noise }), { compression: GZIP });
    expect(gunzipSync(Buffer.from(stored[0] ?? '', 'base64')).toString()).toBe(noise);
    expect(Object.keys(sent()[0]?.attributes ?? {}).toSorted()).toEqual([
      'Content-Encoding',
      'ExtendedPayloadSize',
    ]);
  });

  it('goes to the bucket as it was where only one attribute is left, which the pointer needs', async () => {
    const { sender, sent, stored } = sending({ bucket: true });
    const body = noise;
    await sender.send(TOPIC, small('a', { body, attributes: attributes(9) }), {
      compression: GZIP,
    });
    expect(stored).toEqual([body]);
    expect(Object.keys(sent()[0]?.attributes ?? {})).toContain('ExtendedPayloadSize');
    await sender.send(TOPIC, small('b', { body, attributes: attributes(8) }), {
      compression: GZIP,
    });
    expect(gunzipSync(Buffer.from(stored[1] ?? '', 'base64')).toString()).toBe(body);
  });

  it('is refused with the bytes it has compressed where that is still too large and there is no bucket', async () => {
    const { sender } = sending();
    const over = small('a', { body: noise });
    const refused = sender.send(TOPIC, over, { compression: GZIP });
    await expect(refused).rejects.toMatchObject({ code: 'WEFT_MESSAGE_TOO_LARGE' });
  });
});

describe('a channel', () => {
  it('that is idle is forgotten when there are many, and one in use is kept', async () => {
    let open = true;
    const answers: (() => void)[] = [];
    const { sender, calls } = sending({
      answer: (messages) =>
        open
          ? new Promise((resolve) => answers.push(() => resolve(taken(messages))))
          : Promise.resolve(taken(messages)),
    });
    const busy = sender.send(replyQueue(0), small('first', { group: 'g' }));
    await turns();
    open = false;
    for (let n = 1; n < 150; n += 1) await sender.send(replyQueue(n), small('a', { group: 'g' }));
    // It has one call open at most: the second message waits for the first as long as its channel is known.
    const second = sender.send(replyQueue(0), small('second', { group: 'g' }));
    await turns();
    expect(calls.flatMap(({ messages }) => messages.map(({ id }) => id))).not.toContain('second');
    for (const answer of answers) answer();
    await Promise.all([busy, second]);
  });

  it('that was forgotten holds nothing up: what comes next has a new one', async () => {
    const { sender, calls } = sending({ answer: () => new Promise(() => undefined) });
    void sender.send(FIFO, small('a', { group: 'g' }));
    await turns();
    sender.forget(FIFO.address);
    void sender.send(FIFO, small('b', { group: 'g' }));
    await turns();
    expect(calls).toHaveLength(2);
  });
});

describe('the messages of a sender that are pending', () => {
  it('are ten outside for each within', () => {
    expect([mostPending(3), mostPending()]).toEqual([33, 110_000]);
  });

  it('are not sent before there is room for them', async () => {
    const answers: (() => void)[] = [];
    const { sender, sent } = sending({
      messages: 1,
      answer: (messages) => new Promise((resolve) => answers.push(() => resolve(taken(messages)))),
    });
    const both = ['a', 'b'].map((id) => sender.send(QUEUE, small(id)));
    await turns();
    expect(sent().map(({ id }) => id)).toEqual(['a']);
    answers.shift()?.();
    await turns();
    expect(sent().map(({ id }) => id)).toEqual(['a', 'b']);
    answers.shift()?.();
    await Promise.all(both);
  });

  it('outside are bounded by bytes as those within are', async () => {
    const { sender } = sending({
      messages: 2,
      bytes: 1000,
      answer: () => new Promise(() => undefined),
    });
    const body = 'x'.repeat(600);
    void sender.send(QUEUE, small('within', { body }));
    void sender.send(QUEUE, small('outside', { body }));
    await expect(sender.send(QUEUE, small('refused', { body }))).rejects.toMatchObject({
      code: 'WEFT_SEND_BUFFER_FULL',
      details: { messages: 1, bytes: 600 },
    });
  });

  it('leave room again when they have failed', async () => {
    const { sender } = sending({
      messages: 1,
      bytes: 10_000,
      answer: () => Promise.reject(refusal('AccessDenied')),
    });
    for (let n = 0; n < 30; n += 1)
      await expect(sender.send(QUEUE, small('a'))).rejects.toThrow('AccessDenied');
    const over = small('b', { body: 'x'.repeat(2_000_000) });
    for (let n = 0; n < 30; n += 1)
      await expect(sender.send(QUEUE, over)).rejects.toThrow(MessageTooLargeError);
  });

  it('leave as many bytes of room as they took', async () => {
    let answered = true;
    const { sender, sent } = sending({
      bytes: 1000,
      answer: (messages) =>
        answered ? Promise.resolve(taken(messages)) : new Promise(() => undefined),
    });
    await sender.send(QUEUE, sized('gone', 600));
    answered = false;
    void sender.send(QUEUE, sized('within', 400));
    void sender.send(QUEUE, sized('beside', 500));
    void sender.send(QUEUE, sized('outside', 200));
    await turns();
    expect(sent().map(({ id }) => id)).toEqual(['gone', 'within', 'beside']);
  });

  it('of a FIFO destination do not keep their turn when they were refused for want of room', async () => {
    const answers: (() => void)[] = [];
    const { sender, sent } = sending({
      messages: 1,
      bytes: 100,
      answer: (messages) => new Promise((resolve) => answers.push(() => resolve(taken(messages)))),
    });
    const first = sender.send(FIFO, small('a', { group: 'g', body: 'x'.repeat(60) }));
    const second = sender.send(FIFO, small('b', { group: 'g', body: 'x'.repeat(60) }));
    const refused = sender.send(FIFO, small('c', { group: 'g', body: 'x'.repeat(60) }));
    await expect(refused).rejects.toMatchObject({ code: 'WEFT_SEND_BUFFER_FULL' });
    for (const work of [first, second]) {
      for (let n = 0; answers.length === 0 && n < 20; n += 1) await nextTurn();
      answers.shift()?.();
      await work;
    }
    expect(sent().map(({ id }) => id)).toEqual(['a', 'b']);
  });
});
