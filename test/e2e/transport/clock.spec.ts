import { Controller, type Type } from '@nestjs/common';
import { Ctx } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  defineTopology,
  MemoryIdempotencyStore,
  OnEvent,
  OnRequest,
  record,
  RetryableError,
  SnsSqsContext,
  type SnsSqsClient,
  type TransportObserver,
} from '../../../src/transport/index.js';
import type { GivenClock } from '../../../src/transport/clock.js';
import type { QueueDeclaration } from '../../../src/transport/topology/index.js';
import { systemClock } from '../../../src/transport/clock.js';
import { FakeClock, MessageSpy } from '../../../src/testing/index.js';
import {
  startService,
  TestStack,
  unique,
  type TestService,
  type TestServiceOptions,
} from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

let stack: TestStack;
let clock: FakeClock;
const services: TestService[] = [];
beforeAll(async () => {
  stack = await TestStack.start();
});
beforeEach(() => {
  clock = new FakeClock();
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
afterAll(() => stack.stop());

/** A service on one queue, whose server and client go by the test's clock. */
async function start(
  controllers: Type[],
  server: TestServiceOptions['server'] = {},
  { name = unique('jobs'), ...queue }: Partial<QueueDeclaration> = {},
  client: TestServiceOptions['client'] = {},
): Promise<TestService & { readonly queue: string }> {
  const service = await startService(stack, {
    topology: defineTopology({
      queues: [{ name, patterns: ['job.*'], ...queue }],
      routes: [{ patterns: ['job.*'], queue: name }],
    }),
    controllers,
    server: { clock, ...server },
    client: { clock, ...client },
  });
  services.push(service);
  return { ...service, queue: name };
}

const emit = (client: SnsSqsClient, data: unknown): Promise<unknown> =>
  lastValueFrom(client.emit('job.run', data), { defaultValue: undefined });

describe('by a clock that a test moves on', () => {
  it('a lease is renewed, ends after maxLeaseMs, and aborts its handler', async () => {
    const signals: AbortSignal[] = [];
    @Controller()
    class Endless {
      @OnEvent('job.run')
      run(_data: object, @Ctx() { signal }: SnsSqsContext): Promise<void> {
        signals.push(signal);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
      }
    }
    let lost = 0;
    const observer: TransportObserver = { leaseLost: () => void (lost += 1) };
    const { client } = await start([Endless], { observer, maxLeaseMs: HOUR });
    await emit(client, {});
    await waitForCount('handlers begun', () => signals, 1);
    await clock.advance(HOUR);
    expect({ aborted: signals[0]?.aborted, lost }).toEqual({ aborted: false, lost: 0 });
    await clock.advance(30 * SECOND);
    expect({ aborted: signals[0]?.aborted, lost }).toEqual({ aborted: true, lost: 1 });
  });

  it('a request fails when its answer has not come in time, and not before', async () => {
    const spy = new MessageSpy();
    const { client } = await start([], {}, {}, { observer: spy, requestTimeoutMs: 20 * SECOND });
    const failures: unknown[] = [];
    const answer = firstValueFrom(client.send('job.ask', {})).catch((error: unknown) =>
      failures.push(error),
    );
    await spy.waitFor('job.ask', ({ outcome }) => outcome === 'sent');
    await clock.advance(20 * SECOND - 1);
    expect(failures).toEqual([]);
    await clock.advance(SECOND);
    await answer;
    expect(failures).toMatchObject([{ code: 'WEFT_REQUEST_TIMEOUT' }]);
  });

  it('a request is answered though the clock of its server is ahead by more than it may take', async () => {
    @Controller()
    class Asked {
      @OnRequest('job.ask')
      ask(): number {
        return 42;
      }
    }
    const { client } = await start([Asked], {}, {}, { clock: systemClock });
    await clock.advance(600 * SECOND);
    expect(await firstValueFrom(client.send('job.ask', {}))).toBe(42);
  });

  it('a request is answered by a server whose clock is written by hand, runs ahead and has no monotonic time', async () => {
    @Controller()
    class Sum {
      @OnRequest('job.sum')
      sum(): number {
        return 42;
      }
    }
    const byHand: GivenClock = {
      now: () => Date.now() + 600 * SECOND,
      after: (delayMs, callback) => systemClock.after(delayMs, callback),
      every: (intervalMs, callback) => systemClock.every(intervalMs, callback),
    };
    const { client } = await start(
      [Sum],
      { clock: byHand },
      {},
      { requestTimeoutMs: 500 * SECOND },
    );
    expect(await firstValueFrom(client.send('job.sum', {}))).toBe(42);
  });

  it('a handled message is forgotten by the idempotency store when its time is over', async () => {
    let runs = 0;
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(): void {
        runs += 1;
      }
    }
    let repeated = 0;
    const { client, queue } = await start([Worker], {
      idempotency: { store: new MemoryIdempotencyStore(), ttlS: 24 * 3600 },
      observer: { repeated: () => void (repeated += 1) },
    });
    const again = async (): Promise<void> => {
      await emit(client, record({ n: 1 }).withId('one').build());
      await stack.emptied(queue);
    };
    await again();
    await clock.advance(23 * HOUR);
    await again();
    expect({ runs, repeated }).toEqual({ runs: 1, repeated: 1 });
    await clock.advance(2 * HOUR);
    await again();
    expect({ runs, repeated }).toEqual({ runs: 2, repeated: 1 });
  });

  it('a FIFO message that is held is retried after its back-off', async () => {
    let runs = 0;
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(): void {
        runs += 1;
        if (runs === 1) throw new RetryableError('not yet');
      }
    }
    const retry = { baseS: 300, capS: 300 };
    const declaration = { name: `${unique('jobs')}.fifo`, onFailure: 'hold' } as const;
    const { client, queue } = await start([Worker], { retry }, declaration);
    await emit(client, record({}).withGroup('g').build());
    await waitFor('the second try', async () => {
      // Small steps: the message is deleted under its lease, by real calls.
      await clock.advance(5 * SECOND);
      return runs === 2;
    });
    await stack.emptied(queue);
    expect(runs).toBe(2);
  });

  it('a queue is stalled when no receive has succeeded for three waits', async () => {
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(): void {
        // Nothing is sent.
      }
    }
    const { server, queue } = await start(
      [Worker],
      { waitTimeS: 20, drainTimeoutMs: 25_000 },
      { visibilityTimeoutS: 30 },
    );
    await clock.advance(60 * SECOND);
    expect(server.health()).toEqual([{ queue, inFlight: 0, state: 'running' }]);
    await clock.advance(1);
    expect(server.health()).toMatchObject([{ queue, inFlight: 0, state: 'stalled' }]);
  });
});
