import { beforeEach, describe, expect, it } from '@jest/globals';
import type { BrokerMessage } from '../../../../src/transport/broker/broker.queue.js';
import { OutageLog } from '../../../../src/transport/outage.log.js';
import { Poller, type PollerOptions } from '../../../../src/transport/server/polling/poller.js';
import { FakeClock } from '../../../../src/testing/index.js';
import { message } from '../../fake-sqs.js';

let clock: FakeClock;
beforeEach(() => {
  clock = new FakeClock();
});

const MINUTE_MS = 60_000;

interface Poll {
  readonly max: number;
  readonly waitS: number;
  readonly give: (count: number) => Promise<void>;
  readonly fail: (error: unknown) => Promise<void>;
}

const turn = () => clock.advance(0);

/** A poller whose polls the test ends by hand. */
function byHand(options: Partial<PollerOptions> & { capacity?: number } = {}) {
  const polls: Poll[] = [];
  const received: BrokerMessage[] = [];
  const state = { capacity: options.capacity ?? 100 };
  const told: string[] = [];
  const note =
    (level: string) =>
    (text: unknown, fields: unknown): void =>
      void told.push(`${level} ${String(text)} ${JSON.stringify(fields)}`);
  const poller = new Poller({
    outage: new OutageLog({ warn: note('warn'), log: note('log') }, clock, 'Receiving', {
      queue: 'jobs',
    }),
    receive: (max, waitS) =>
      new Promise((resolve, reject) => {
        polls.push({
          max,
          waitS,
          give: async (count) => {
            resolve(Array.from({ length: count }, (_, n) => message(String(n))));
            await turn();
          },
          fail: async (error) => {
            reject(error);
            await turn();
          },
        });
      }),
    free: () => state.capacity,
    onMessages: (messages) => {
      received.push(...messages);
      state.capacity -= messages.length;
    },
    waitTimeS: 20,
    clock,
    realTime: clock,
    ...options,
  });
  const poll = (index: number): Poll => {
    const found = polls[index];
    if (!found) throw new Error(`There was no poll ${index}`);
    return found;
  };
  return { poller, polls, poll, received, state, told };
}

const serviceError = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error(`${name} it is`), {
    name,
    $fault: 'client',
    $metadata: { httpStatusCode },
  });
const DENIED = serviceError('AccessDeniedException', 403);

describe('the capacity of a poller', () => {
  it('is asked first: never more messages than are free, nor more than ten', () => {
    for (const [capacity, max] of [
      [3, 3],
      [100, 10],
    ]) {
      const { poller, polls } = byHand({ capacity: capacity ?? 0 });
      poller.start();
      expect(polls).toMatchObject([{ max }]);
    }
  });

  it('is waited for where there is none, and nothing is received until then', () => {
    const { poller, polls, state } = byHand({ capacity: 0 });
    poller.start();
    expect(polls).toEqual([]);
    state.capacity = 2;
    poller.poll();
    expect(polls).toMatchObject([{ max: 2 }]);
  });

  it('that open polls may still fill is not used twice', async () => {
    const { poller, polls, poll } = byHand({ capacity: 15 });
    poller.start();
    await poll(0).give(10);
    expect(polls.map(({ max }) => max)).toEqual([10, 5]);
  });
});

describe('the number of polls', () => {
  it('is one while the queue is idle, and that one waits long', async () => {
    const { poller, polls, poll } = byHand();
    poller.start();
    poller.poll();
    await poll(0).give(0);
    expect(polls.map(({ waitS }) => waitS)).toEqual([20, 20]);
  });

  it('grows with each full receive, up to what capacity asks, and the further ones wait shortly', async () => {
    const { poller, polls, poll } = byHand({ capacity: 1000 });
    poller.start();
    await poll(0).give(10);
    expect(polls.slice(1).map(({ waitS }) => waitS)).toEqual([20, 1]);
    await poll(1).give(10);
    expect(polls).toHaveLength(5);
  });

  it('ends at sixteen, however deep the queue is', async () => {
    const { poller, polls, poll } = byHand({ capacity: 1e6 });
    poller.start();
    for (let n = 0; n < 100; n += 1) await poll(n).give(10);
    expect(polls.length - 100).toBe(16);
  });

  it('shrinks to one when a receive comes back empty', async () => {
    const { poller, polls, poll } = byHand({ capacity: 1000 });
    poller.start();
    await poll(0).give(10);
    await poll(1).give(10);
    expect(polls).toHaveLength(5);
    for (const index of [2, 3, 4]) await poll(index).give(0);
    expect(polls).toHaveLength(6);
  });
});

describe('errors of receives', () => {
  it('are followed by longer and longer pauses, up to ten seconds, until a poll succeeds', async () => {
    const { poller, polls, poll } = byHand();
    poller.start();
    for (let n = 0; n < 12; n += 1) {
      const ceiling = Math.min(10_000, 200 * 2 ** n);
      await poll(n).fail(new Error('reset'));
      await clock.advance(ceiling / 2 - 1);
      expect(polls).toHaveLength(n + 1);
      await clock.advance(ceiling / 2 + 1);
      expect(polls).toHaveLength(n + 2);
    }
    await poll(12).give(1);
    expect(polls).toHaveLength(14);
    await poll(13).fail(new Error('reset'));
    await clock.advance(200);
    expect(polls).toHaveLength(15);
  });

  it.each([DENIED, serviceError('QueueDoesNotExist', 400), serviceError('KmsDisabled', 400)])(
    'that an operator must resolve are logged, retried rarely, and forgotten once resolved: $name',
    async (error) => {
      const { poller, polls, poll } = byHand();
      poller.start();
      await poll(0).fail(error);
      expect(poller.state()).toEqual({
        state: 'down',
        reason: `${error.name}: ${error.message}`,
      });
      await clock.advance(7499);
      expect(polls).toHaveLength(1);
      await clock.advance(7501);
      expect(polls).toHaveLength(2);
      expect(poller.state().state).toBe('down');
      await poll(1).give(0);
      expect(poller.state()).toEqual({ state: 'running' });
    },
  );

  it('of one poll hold back the others as well', async () => {
    const { poller, polls, poll } = byHand({ capacity: 1000 });
    poller.start();
    await poll(0).give(10);
    await poll(1).fail(new Error('reset'));
    await poll(2).give(10);
    expect(polls).toHaveLength(3);
    await clock.advance(200);
    expect(polls.length).toBeGreaterThan(3);
  });
});

describe('stopping a poller', () => {
  it('opens no more polls and waits for the open ones, whose messages still arrive', async () => {
    const { poller, polls, poll, received } = byHand();
    poller.start();
    let stopped = false;
    void poller.stop().then(() => (stopped = true));
    await clock.advance(MINUTE_MS);
    expect({ stopped }).toEqual({ stopped: false });
    await poll(0).give(3);
    expect({ stopped, count: received.length, polls: polls.length }).toEqual({
      stopped: true,
      count: 3,
      polls: 1,
    });
    expect(poller.state()).toEqual({ state: 'paused' });
  });

  it('is done at once when none is open, and ends the pause after an error', async () => {
    const { poller, polls, poll } = byHand();
    poller.start();
    await poll(0).fail(new Error('reset'));
    await poller.stop();
    await clock.advance(MINUTE_MS);
    expect(polls).toHaveLength(1);
    expect(clock.timers).toBe(0);
  });

  it('does not pause after the error of a poll that ends late', async () => {
    const { poller, poll } = byHand();
    poller.start();
    const stopped = poller.stop();
    await poll(0).fail(DENIED);
    await stopped;
    expect(clock.timers).toBe(0);
  });

  it('resolves pending calls when the poller starts again before its polls have ended', async () => {
    const { poller, poll, polls } = byHand();
    poller.start();
    await poll(0).give(10);
    const stopped = poller.stop();
    poller.start();
    await expect(stopped).resolves.toBeUndefined();
    expect(polls.length).toBeGreaterThan(1);
  });

  it('is undone by starting again', async () => {
    const { poller, polls, poll } = byHand();
    poller.start();
    const stopped = poller.stop();
    await poll(0).give(0);
    await stopped;
    poller.start();
    expect(polls).toHaveLength(2);
    expect(poller.state()).toEqual({ state: 'running' });
  });
});

describe('a queue', () => {
  it('is stalled when each of its receives fails for three waits, with the last reason, until one succeeds', async () => {
    const { poller, polls, poll } = byHand();
    poller.start();
    for (let passedMs = 0; passedMs <= MINUTE_MS; passedMs += 10_000) {
      expect(poller.state().state).toBe('running');
      await poll(polls.length - 1).fail(new Error('socket hang up'));
      await clock.advance(10_000);
    }
    expect(poller.state()).toEqual({
      state: 'stalled',
      reason: 'no receive has succeeded for 60 s: Error: socket hang up',
    });
    await poll(polls.length - 1).give(0);
    expect(poller.state()).toEqual({ state: 'running' });
  });

  it('has the beginning and the end of its stall logged once, however many receives fail in between', async () => {
    const { poller, polls, poll, told } = byHand();
    poller.start();
    for (let failures = 0; failures < 5; failures += 1) {
      await poll(polls.length - 1).fail(new Error('socket hang up'));
      await clock.advance(10_000);
    }
    await poll(polls.length - 1).give(0);
    await poll(polls.length - 1).fail(new Error('only once'));
    await clock.advance(10_000);
    await poll(polls.length - 1).give(0);
    expect(told).toEqual([
      'warn Receiving fails and is retried {"queue":"jobs","reason":"Error: socket hang up"}',
      'log Receiving works again {"queue":"jobs","durationMs":50000,"failures":5}',
    ]);
  });

  it('is stalled when no poll has ended for three waits', async () => {
    const { poller } = byHand();
    poller.start();
    await clock.advance(MINUTE_MS);
    expect(poller.state()).toEqual({ state: 'running' });
    await clock.advance(1);
    expect(poller.state()).toEqual({
      state: 'stalled',
      reason: 'no receive has succeeded for 60 s',
    });
  });

  it('is not stalled while its handlers take all the capacity, nor right after', async () => {
    const { poller, poll, state } = byHand({ capacity: 1 });
    poller.start();
    await poll(0).give(1);
    await clock.advance(10 * MINUTE_MS);
    expect(poller.state()).toEqual({ state: 'running' });
    state.capacity = 1;
    poller.poll();
    expect(poller.state()).toEqual({ state: 'running' });
  });
});

describe('a poll that brings no answer for long after its wait', () => {
  it('makes way for another one, and what it brings late is taken all the same', async () => {
    const { poller, polls, poll, received } = byHand();
    poller.start();
    await clock.advance(22_999);
    expect(polls).toHaveLength(1);
    await clock.advance(1);
    expect(polls).toHaveLength(2);
    await poll(1).give(1);
    expect(polls).toHaveLength(3);
    await poll(0).give(2);
    expect(received).toHaveLength(3);
    expect(polls).toHaveLength(3);
  });

  it('makes way where there is capacity for one message alone', async () => {
    const { poller, polls, poll } = byHand({ capacity: 1 });
    poller.start();
    await clock.advance(23_000);
    expect(polls.map(({ max }) => max)).toEqual([1, 1]);
    await poll(1).give(0);
    expect(polls).toHaveLength(3);
  });

  it('is waited for by a stop', async () => {
    const { poller, poll } = byHand();
    poller.start();
    await clock.advance(23_000);
    let stopped = false;
    const stopping = poller.stop().then(() => (stopped = true));
    await poll(1).give(0);
    expect({ stopped }).toEqual({ stopped: false });
    await poll(0).give(0);
    await stopping;
    expect({ stopped }).toEqual({ stopped: true });
  });
});
