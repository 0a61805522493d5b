import { beforeEach, describe, expect, it } from '@jest/globals';
import { FakeClock } from '../../../src/testing/index.js';
import type { BrokerMessage, ReceiveRequest } from '../../../src/transport/broker/broker.queue.js';
import { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import { MemoryQueue } from '../../../src/transport/broker/memory/memory.queue.js';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock(0);
});

const ask = (parts: Partial<ReceiveRequest> = {}): ReceiveRequest => ({
  maxMessages: 10,
  waitTimeS: 0,
  visibilityTimeoutS: 30,
  ...parts,
});

const bodies = (messages: readonly BrokerMessage[]): string =>
  messages.map(({ Body: body }) => body).join(' ');
const handles = (messages: readonly BrokerMessage[]): string[] =>
  messages.map(({ ReceiptHandle: handle = '' }) => handle);

async function filled(fifo: boolean, ...names: string[]): Promise<MemoryQueue> {
  const queue = new MemoryQueue({ clock, attributes: { FifoQueue: String(fifo) } });
  for (const body of names)
    await queue.send({ body, attributes: {}, group: body[0], deduplicationId: body });
  return queue;
}

describe('a queue in memory', () => {
  it('keeps a received message invisible for its visibility timeout, and counts its receives', async () => {
    const queue = await filled(false, 'a1');
    expect(bodies(await queue.receive(ask()))).toBe('a1');
    expect(bodies(await queue.receive(ask()))).toBe('');
    await clock.advance(30_000);
    const [again] = await queue.receive(ask());
    expect(again?.Attributes).toMatchObject({ ApproximateReceiveCount: '2' });
  });

  it('delivers a released message to an open poll at once', async () => {
    const queue = await filled(false, 'a1');
    const received = await queue.receive(ask());
    const waiting = queue.receive(ask({ waitTimeS: 20 }));
    const changes = handles(received).map((receiptHandle) => ({
      receiptHandle,
      visibilityTimeoutS: 0,
    }));
    expect(await queue.changeVisibility(changes)).toEqual([{ ok: true }]);
    expect(bodies(await waiting)).toBe('a1');
    expect(await queue.changeVisibility(changes)).toMatchObject([{ ok: false }]);
  });

  it('ends a poll that waited in vain with nothing', async () => {
    const queue = await filled(false);
    const waiting = queue.receive(ask({ waitTimeS: 20 }));
    await clock.advance(20_000);
    expect(await waiting).toEqual([]);
  });

  it('moves a message that was received often enough to its dead-letter queue', async () => {
    const to = new MemoryQueue({ clock });
    const RedrivePolicy = '{"deadLetterTargetArn":"dead","maxReceiveCount":2}';
    const queue = new MemoryQueue({ clock, attributes: { RedrivePolicy }, queueOf: () => to });
    await queue.send({ body: 'a1', attributes: {} });
    for (let receive = 0; receive < 3; receive += 1) {
      await queue.receive(ask());
      await clock.advance(30_000);
    }
    expect([queue, to].map(({ messages }) => messages.length)).toEqual([0, 1]);
  });

  it('delivers several messages of a FIFO group, and no more until one is visible or all are deleted', async () => {
    const queue = await filled(true, 'a1', 'a2', 'a3', 'b1');
    const two = await queue.receive(ask({ maxMessages: 2 }));
    expect(bodies(two)).toBe('a1 a2');
    expect(bodies(await queue.receive(ask()))).toBe('b1');
    const [first = '', second = ''] = handles(two);
    await queue.delete([first]);
    expect(bodies(await queue.receive(ask()))).toBe('');
    await queue.changeVisibility([{ receiptHandle: second, visibilityTimeoutS: 0 }]);
    expect(bodies(await queue.receive(ask()))).toBe('a2 a3');
  });

  it('delivers a FIFO group past a message of it that is in flight, as soon as another is visible', async () => {
    const queue = await filled(true, 'a1', 'a2', 'a3');
    const [, second = ''] = handles(await queue.receive(ask({ maxMessages: 2 })));
    await queue.changeVisibility([{ receiptHandle: second, visibilityTimeoutS: 0 }]);
    expect(bodies(await queue.receive(ask()))).toBe('a2 a3');
  });

  it('refuses a handle of a FIFO queue that has expired, and takes one of a standard queue', async () => {
    for (const fifo of [true, false]) {
      const queue = await filled(fifo, 'a1');
      const received = handles(await queue.receive(ask()));
      await clock.advance(30_000);
      expect(await queue.delete(received)).toMatchObject([{ ok: !fifo }]);
    }
  });

  it('brings the same messages to a receive that is repeated under its attempt id', async () => {
    const queue = await filled(true, 'a1', 'a2');
    const attemptId = 'one';
    const first = await queue.receive(ask({ attemptId }));
    expect(await queue.receive(ask({ attemptId }))).toEqual(first);
    await queue.delete(handles(first).slice(0, 1));
    expect(await queue.receive(ask({ attemptId }))).toEqual([]);
  });

  it('takes a FIFO message once within five minutes', async () => {
    const queue = await filled(true, 'a1', 'a1');
    expect(queue.messages).toHaveLength(1);
    await clock.advance(300_000);
    await queue.send({ body: 'a1', attributes: {}, group: 'a', deduplicationId: 'a1' });
    expect(queue.depth).toEqual({ visible: 2, inFlight: 0, delayed: 0 });
  });

  it('gives a FIFO message that is sent again the id of the first one', async () => {
    const queue = new MemoryQueue({ clock, attributes: { FifoQueue: 'true' } });
    const message = { body: 'a1', attributes: {}, group: 'a', deduplicationId: 'one' };
    const first = queue.put(message);
    await clock.advance(299_000);
    expect(queue.put(message)).toBe(first);
    await clock.advance(1000);
    expect(queue.put(message)).not.toBe(first);
  });

  it('does not bring to a repeated receive what another receive has in flight by now', async () => {
    const queue = await filled(true, 'a1');
    const attemptId = 'one';
    await queue.receive(ask({ attemptId }));
    await clock.advance(30_000);
    expect(bodies(await queue.receive(ask({ attemptId: 'two' })))).toBe('a1');
    expect(bodies(await queue.receive(ask({ attemptId })))).toBe('');
  });
});

describe('a call to the broker in memory', () => {
  it.each([
    ['no entries', 0, 'EmptyBatchRequest'],
    ['eleven entries', 11, 'TooManyEntriesInBatchRequest'],
  ])('of %s is refused', async (_what, count, code) => {
    const broker = new MemoryBroker({ clock });
    const url = await broker.queues.create('jobs', {}, {});
    const entries = Array.from({ length: count }, () => 'x#1');
    await expect(broker.openQueue(url).delete(entries)).rejects.toMatchObject({ name: code });
  });

  it('for more than ten messages is refused', async () => {
    const broker = new MemoryBroker({ clock });
    const url = await broker.queues.create('jobs', {}, {});
    const received = broker.openQueue(url).receive(ask({ maxMessages: 11 }));
    await expect(received).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  });
});
