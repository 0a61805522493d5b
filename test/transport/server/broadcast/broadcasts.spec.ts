import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { FakeClock } from '../../../../src/testing/index.js';
import { MemoryBroker } from '../../../../src/transport/broker/memory/memory.broker.js';
import { nativeCodec } from '../../../../src/transport/codec/index.js';
import { Broadcasts } from '../../../../src/transport/server/broadcast/broadcasts.js';
import { waitForCount } from '../../../support/wait.js';

const HOUR_MS = 3_600_000;

beforeAll(() => Logger.overrideLogger(false));
afterAll(() => Logger.overrideLogger(['error', 'warn', 'log']));

/** A broadcast over two topics, and the calls that change something. */
async function opened(unsubscribe: () => Promise<void>) {
  const clock = new FakeClock();
  const broker = new MemoryBroker({ clock });
  const { queues, topics } = broker;
  const calls: string[] = [];
  const [tag, remove] = [queues.tag.bind(queues), queues.delete.bind(queues)];
  jest.spyOn(queues, 'tag').mockImplementation((...given) => {
    calls.push('tag');
    return tag(...given);
  });
  jest.spyOn(queues, 'delete').mockImplementation((url) => {
    calls.push('delete');
    return remove(url);
  });
  jest.spyOn(topics, 'unsubscribe').mockImplementation(() => {
    calls.push('unsubscribe');
    return unsubscribe();
  });
  const arns = await Promise.all(['one', 'two'].map((name) => topics.create(name, {}, {})));
  const broadcasts = new Broadcasts(broker, clock, undefined);
  const { url } = await broadcasts.open({
    declaration: { name: 'changes', broadcast: true, patterns: ['change.*'] },
    fifo: false,
    codec: nativeCodec,
    visibilityTimeoutS: 30,
    envelopes: 'unknown',
    attributes: {},
    subscriptions: arns.map((topicArn) => ({ topicArn, declared: { topic: 'one' } })),
  });
  return { clock, calls, broadcasts, url, queues };
}

describe('the queue of a process that closes', () => {
  it('is not shown as used any more when it cannot be deleted, so that another process deletes it', async () => {
    const { clock, calls, broadcasts } = await opened(() => Promise.reject(new Error('refused')));
    await clock.advance(HOUR_MS);
    const tags = calls.filter((call) => call === 'tag').length;
    expect(tags).toBeGreaterThan(0);
    await broadcasts.close();
    await clock.advance(HOUR_MS);
    expect(calls.filter((call) => call === 'tag')).toHaveLength(tags);
  });

  it('is left to another process when closing was given up during a call: no further call is made', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    const { calls, broadcasts } = await opened(() => answered);
    const closed = broadcasts.close();
    await waitForCount('calls', () => calls, 1);
    broadcasts.giveUp();
    answer();
    await closed;
    expect(calls).toEqual(['unsubscribe']);
  });

  it('is deleted with its subscriptions', async () => {
    const { calls, broadcasts, queues, url } = await opened(() => Promise.resolve());
    await broadcasts.close();
    expect(calls).toEqual(['unsubscribe', 'unsubscribe', 'delete']);
    await expect(queues.attributesOf(url)).rejects.toThrow('There is no queue');
  });
});
