import { CreateQueueCommand, DeleteQueueCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import type { WritePacket } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { lastPart } from '../../../src/common/resource-names.js';
import { ALIVE_TAG } from '../../../src/transport/process-queue/process-queue.names.js';
import { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import { brokerOf } from '../../../src/transport/broker/broker-of.js';
import { systemClock, type Clock } from '../../../src/transport/clock.js';
import { ReplyRouter } from '../../../src/transport/client/reply.router.js';
import { encodeReply } from '../../../src/transport/codec/reply.codec.js';
import { ClientClosedError, RequestTimeoutError } from '../../../src/transport/errors/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const HOUR_MS = 3_600_000;

let stack: TestStack;
beforeAll(async () => {
  Logger.overrideLogger(false);
  stack = await TestStack.start();
});
afterAll(async () => {
  Logger.overrideLogger(['error', 'warn', 'log']);
  await stack.stop();
});

const opened: ReplyRouter[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((router) => router.close()));
});

function open(queue?: string, clock: Clock = systemClock) {
  let late = 0;
  const router = new ReplyRouter({
    broker: brokerOf(stack.aws),
    prefix: 'weft-replies-',
    queue,
    payloads: undefined,
    observer: { lateReply: () => (late += 1) },
    clock,
  });
  opened.push(router);
  const packets: WritePacket[] = [];
  const expectOne = (id: string, timeoutMs = 100_000): (() => void) =>
    router.expect(id, timeoutMs, (packet) => void packets.push(packet));
  const answer = async (id: string, response: unknown): Promise<void> => {
    const name = (await router.address()).split('/').at(-1) ?? '';
    await stack.put(name, encodeReply({ requestId: id, sequence: 0, response, total: 1 }));
  };
  return { router, packets, expectOne, answer, late: () => late };
}

describe('the reply router', () => {
  it('delivers each answer to its request, and counts answers without a request', async () => {
    const { router, packets, expectOne, answer, late } = open();
    expectOne('a');
    await answer('unknown', 0);
    await answer('a', 1);
    await answer('a', 2);
    await waitFor('one answer and two late ones', () => [packets.length, late()], {
      until: ([answers, tooLate]) => answers === 1 && tooLate === 2,
    });
    expect(packets).toEqual([{ response: 1, isDisposed: true }]);
    await router.close();
  });

  it('drops what it cannot read and goes on', async () => {
    const { router, packets, expectOne, answer } = open();
    expectOne('a');
    const name = (await router.address()).split('/').at(-1) ?? '';
    await stack.put(name, 'nonsense');
    await answer('a', 1);
    await waitForCount('answers', () => packets, 1);
    expect(packets).toEqual([{ response: 1, isDisposed: true }]);
    await stack.emptied(name);
    await router.close();
  });

  it('fails a request once that is not answered in time', async () => {
    const clock = new FakeClock();
    const { router, packets, expectOne } = open(undefined, clock);
    expectOne('a', 1000);
    await clock.advance(999);
    expect(packets).toEqual([]);
    await clock.advance(51);
    expect(packets).toEqual([{ err: expect.any(RequestTimeoutError) }]);
    await router.close();
    expect(packets).toHaveLength(1);
  });

  it('does not fail a request that was given up', async () => {
    const clock = new FakeClock();
    const { router, packets, expectOne } = open(undefined, clock);
    const giveUp = expectOne('a', 1000);
    expectOne('b', 1000);
    giveUp();
    await clock.advance(1050);
    await router.close();
    expect(packets).toHaveLength(1);
  });

  it('deletes its queue when it closes, and fails pending requests', async () => {
    const { router, packets, expectOne } = open();
    const url = await router.address();
    expectOne('a');
    await router.close();
    expect(packets).toEqual([{ err: expect.any(ClientClosedError) }]);
    await expect(stack.depth(url.split('/').at(-1) ?? '')).rejects.toMatchObject({
      name: 'QueueDoesNotExist',
    });
  });

  it('makes no queue after it has closed', async () => {
    const { router } = open();
    await router.close();
    await expect(router.address()).rejects.toThrow(ClientClosedError);
  });

  it('makes a new queue when its queue was deleted', async () => {
    const { router, packets, expectOne, answer } = open();
    const url = await router.address();
    await stack.aws.sqs.send(new DeleteQueueCommand({ QueueUrl: url }));
    stack.endLongPolls();
    await waitFor('another reply queue', async () => (await router.address()) !== url);
    expectOne('a');
    await answer('a', 1);
    await waitForCount('answers', () => packets, 1);
    expect(packets).toEqual([{ response: 1, isDisposed: true }]);
    await router.close();
  });

  it('receives on the queue it is given where none may be made, and leaves it there', async () => {
    const name = unique('weft-replies-of-billing');
    await stack.aws.sqs.send(new CreateQueueCommand({ QueueName: name }));
    const { router, packets, expectOne, answer } = open(name);
    expectOne('a');
    await answer('a', 1);
    await waitForCount('answers', () => packets, 1);
    const closed = router.close();
    stack.endLongPolls();
    await closed;
    await stack.emptied(name);
    expect(await stack.queueUrl(name)).toContain(name);
  });

  it('deletes no orphaned queue any more once it has closed', async () => {
    const clock = new FakeClock();
    const broker = new MemoryBroker({ clock });
    const { queues } = broker;
    const orphan = `replies-${'0'.repeat(16)}`;
    await queues.create(orphan, {}, { [ALIVE_TAG]: '0' });
    await clock.advance(HOUR_MS);
    const { promise: looked, resolve: look } = Promise.withResolvers<void>();
    const tagsOf = jest.spyOn(queues, 'tagsOf').mockImplementation(async () => {
      await looked;
      return { [ALIVE_TAG]: '0' };
    });
    const router = new ReplyRouter({
      broker,
      prefix: 'replies-',
      queue: undefined,
      payloads: undefined,
      observer: {},
      clock,
    });
    await router.address();
    await waitForCount('looks at the orphan', () => tagsOf.mock.calls, 1);
    const closed = router.close();
    queues.endPolls();
    look();
    await closed;
    expect((await queues.list('replies-', 10)).map(lastPart)).toEqual([orphan]);
  });
});
