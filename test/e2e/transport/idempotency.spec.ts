import { Controller, type Type } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import { randomUUID } from 'node:crypto';
import { firstValueFrom } from 'rxjs';
import {
  createIdempotencyTable,
  DynamoDbIdempotencyStore,
  type Reservation,
} from '../../../src/transport/idempotency/index.js';
import {
  defineTopology,
  HandlerName,
  MemoryIdempotencyStore,
  OnEvent,
  OnRequest,
  SnsSqsContext,
  type IdempotencyStore,
  type QueueDeclaration,
  type Topology,
} from '../../../src/transport/index.js';
import {
  startService,
  TestStack,
  unique,
  type TestService,
  type TestServiceOptions,
} from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const TABLE = 'idempotency';
let stack: TestStack;
const services: TestService[] = [];

beforeAll(async () => {
  stack = await TestStack.start();
  await createIdempotencyTable(stack.aws.dynamodb, TABLE);
});
afterEach(async () => {
  await Promise.all(services.splice(0).map((service) => service.close()));
});
afterAll(() => stack.stop());

const start = async (options: TestServiceOptions): Promise<TestService> => {
  const service = await startService(stack, options);
  services.push(service);
  return service;
};

function jobs(declaration: Partial<QueueDeclaration> = {}): { queue: string; topology: Topology } {
  const queue = declaration.name ?? unique('jobs');
  return {
    queue,
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], visibilityTimeoutS: 2, ...declaration }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
  };
}

const body = (data: unknown = {}, id: string = randomUUID()): string =>
  JSON.stringify({ id, pattern: 'job.run', data });

/** A controller that notes each run. */
function worker(work: (context: SnsSqsContext) => unknown = () => undefined) {
  const runs: unknown[] = [];
  @Controller()
  class Worker {
    @OnEvent('job.run')
    run(@Payload() data: object, @Ctx() context: SnsSqsContext): unknown {
      runs.push(data);
      return work(context);
    }
  }
  return { Worker, runs };
}

/** Notes the keys that work was done under. */
class NotedStore extends MemoryIdempotencyStore {
  readonly done: string[] = [];

  override commit(
    reservation: Reservation,
    completion: Parameters<MemoryIdempotencyStore['commit']>[1],
  ): Promise<boolean> {
    this.done.push(reservation.key);
    return super.commit(reservation, completion);
  }
}

const STORES: readonly [string, () => IdempotencyStore][] = [
  ['memory', () => new MemoryIdempotencyStore()],
  ['DynamoDB', () => new DynamoDbIdempotencyStore(stack.aws.dynamodb, TABLE)],
];

describe.each(STORES)('with an idempotency store in %s', (_name, open) => {
  const idempotency = () => ({ idempotency: { store: open() } });

  it('only the handlers that failed run again, of several on one pattern', async () => {
    const { topology, queue } = jobs();
    let failures = 0;
    const flaky = worker(({ receiveCount }) => {
      if (receiveCount === 1) throw new Error(`failure ${(failures += 1)}`);
    });
    const sound = worker();
    HandlerName('Sound')(sound.Worker);
    await start({
      topology,
      controllers: [flaky.Worker, sound.Worker],
      server: idempotency(),
    });
    await stack.put(queue, body());
    await stack.emptied(queue);
    expect({ flaky: flaky.runs.length, sound: sound.runs.length }).toEqual({ flaky: 2, sound: 1 });
  });

  it('a message that is on the queue twice is handled once, and both are deleted', async () => {
    const { topology, queue } = jobs();
    const { Worker, runs } = worker();
    await start({ topology, controllers: [Worker], server: idempotency() });
    const twice = body();
    await Promise.all([stack.put(queue, twice), stack.put(queue, twice)]);
    await stack.emptied(queue);
    expect(runs).toHaveLength(1);
  });

  it('two processes never work on the same message at once, nor after each other', async () => {
    const { topology, queue } = jobs();
    const store = open();
    const held = Promise.withResolvers<void>();
    const { Worker, runs } = worker(() => held.promise);
    for (let n = 0; n < 2; n++) {
      await start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    }
    const copies = body();
    for (let n = 0; n < 4; n++) await stack.put(queue, copies);
    await waitFor(() => runs.length === 1);
    // Past the first visibility timeout: the work is renewed along with its message.
    const until = Date.now() + 2500;
    await waitFor(() => Date.now() > until);
    expect(runs).toHaveLength(1);
    held.resolve();
    await stack.emptied(queue);
    expect(runs).toHaveLength(1);
  });

  it('work of a process that stopped in the middle is taken over when its message is redelivered', async () => {
    const { topology, queue } = jobs();
    const store = open();
    const never = worker(() => new Promise(() => undefined));
    const options = { drainTimeoutMs: 50, idempotency: { store } };
    const first = await start({ topology, controllers: [never.Worker], server: options });
    await stack.put(queue, body());
    await waitFor(() => never.runs.length === 1);
    await first.close();
    services.splice(0);
    const second = worker();
    await start({ topology, controllers: [second.Worker], server: options });
    await stack.emptied(queue);
    expect(second.runs).toHaveLength(1);
    expect(await stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  });
});

describe('with an idempotency store', () => {
  @Controller()
  class Counter {
    static runs = 0;

    @OnRequest('job.ask')
    ask(): { run: number } {
      return { run: (Counter.runs += 1) };
    }
  }
  afterEach(() => {
    Counter.runs = 0;
  });

  it('a request that is sent again is answered as it was the first time', async () => {
    const { topology, queue } = jobs();
    const { client } = await start({
      topology,
      controllers: [Counter],
      server: { idempotency: { store: new MemoryIdempotencyStore() } },
    });
    const first = await firstValueFrom(client.send('job.ask', {}));
    expect(first).toEqual({ run: 1 });
    // The same message twice, as a sender sends it that did not hear of the first.
    const request = JSON.stringify({ id: 'again', pattern: 'job.ask', data: {} });
    await stack.put(queue, request);
    await stack.emptied(queue);
    await stack.put(queue, request);
    await stack.emptied(queue);
    expect(Counter.runs).toBe(2);
    expect(await firstValueFrom(client.send('job.ask', {}))).toEqual({ run: 3 });
  });

  it('work is known by queue, handler and message, each handler of a pattern by its name', async () => {
    @Controller()
    class Second {
      @OnEvent('job.run')
      alsoRun(): void {
        /* beside the other one */
      }
    }
    const { topology, queue } = jobs();
    const store = new NotedStore();
    const controllers: Type[] = [worker().Worker, Second];
    await start({ topology, controllers, server: { idempotency: { store } } });
    await stack.put(queue, body({}, 'order-1'));
    await stack.emptied(queue);
    expect(store.done.toSorted()).toEqual([
      `${queue}/Second.alsoRun#order-1`,
      `${queue}/Worker.run#order-1`,
    ]);
  });

  it('controllers of the same name are told apart by the names they are given', async () => {
    const { topology, queue } = jobs();
    const store = new NotedStore();
    const [one, two] = [worker(), worker()];
    HandlerName('Other')(two.Worker);
    await start({
      topology,
      controllers: [one.Worker, two.Worker],
      server: { idempotency: { store } },
    });
    await stack.put(queue, body({}, 'order-1'));
    await stack.emptied(queue);
    expect([one.runs.length, two.runs.length]).toEqual([1, 1]);
    expect(store.done.toSorted()).toEqual([
      `${queue}/Other.run#order-1`,
      `${queue}/Worker.run#order-1`,
    ]);
  });

  it('another body under the id of a message that was handled goes to the dead-letter queue', async () => {
    const { topology, queue } = jobs();
    const { Worker, runs } = worker();
    const store = new MemoryIdempotencyStore();
    await start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    await stack.put(queue, body({ n: 1 }, 'order-1'));
    await stack.emptied(queue);
    await stack.put(queue, body({ n: 2 }, 'order-1'));
    const copy = await stack.take(`${queue}-dlq`);
    expect(copy.MessageAttributes?.['deadLetterReason']?.StringValue).toContain('same id');
    expect(runs).toEqual([{ n: 1 }]);
  });

  it('a queue that says so is handled without it', async () => {
    const { topology, queue } = jobs({ idempotent: false });
    const { Worker, runs } = worker();
    const store = new MemoryIdempotencyStore();
    await start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    const twice = body();
    await stack.put(queue, twice);
    await stack.put(queue, twice);
    await stack.emptied(queue);
    expect({ runs: runs.length, records: store.size }).toEqual({ runs: 2, records: 0 });
  });

  it('a store that is away holds messages back and loses none', async () => {
    const { topology, queue } = jobs();
    const { Worker, runs } = worker();
    let away = true;
    class Moody extends MemoryIdempotencyStore {
      override reserve(...args: Parameters<MemoryIdempotencyStore['reserve']>) {
        return away ? Promise.reject(new Error('connection refused')) : super.reserve(...args);
      }
    }
    const failed: unknown[] = [];
    const observer = {
      failed: (...[, , action]: [string, string | undefined, string]) => {
        failed.push(action);
        away = false;
      },
    };
    await start({
      topology,
      controllers: [Worker],
      server: { idempotency: { store: new Moody() }, observer },
    });
    await stack.put(queue, body());
    await stack.emptied(queue);
    expect({ runs: runs.length, failed }).toEqual({ runs: 1, failed: ['retry'] });
  });
});

describe('of 100 messages, every fifth sent twice, one in ten failing once', () => {
  it.each([
    ['without a store', undefined, { runs: 130, repeated: 0 }],
    ['with a store', () => new MemoryIdempotencyStore(), { runs: 110, repeated: 20 }],
  ])('%s the handler runs as often as is said', async (_what, open, expected) => {
    const { topology, queue } = jobs();
    const failedOnce = new Set<number>();
    const runs: number[] = [];
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(@Payload() { n }: { n: number }, @Ctx() { receiveCount }: SnsSqsContext): void {
        runs.push(n);
        if (n % 10 === 1 && receiveCount === 1) {
          failedOnce.add(n);
          throw new Error('fails once');
        }
      }
    }
    let repeated = 0;
    await start({
      topology,
      controllers: [Worker],
      server: {
        observer: { repeated: () => void (repeated += 1) },
        ...(open && { idempotency: { store: open() } }),
      },
    });
    const messages = Array.from({ length: 100 }, (_, n) => body({ n }));
    const copies = messages.filter((_, n) => n % 5 === 0);
    await Promise.all(messages.map((text) => stack.put(queue, text)));
    await stack.emptied(queue);
    await Promise.all(copies.map((text) => stack.put(queue, text)));
    await stack.emptied(queue);
    expect(new Set(runs).size).toBe(100);
    expect({ runs: runs.length, repeated }).toEqual(expected);
  });
});
