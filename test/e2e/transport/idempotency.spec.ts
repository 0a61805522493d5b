import { Controller, type Type } from '@nestjs/common';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
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
  type Topology,
} from '../../../src/transport/index.js';
import type { TransportFacts } from '../../../src/transport/transport.observer.js';
import type { QueueDeclaration } from '../../../src/transport/topology/index.js';
import { Bench } from '../../support/bench.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const TABLE = 'idempotency';
const bench = new Bench();

beforeAll(() => createIdempotencyTable(bench.stack.aws.dynamodb, TABLE));

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

describe('with an idempotency store in DynamoDB', () => {
  // What any store has to show is in the conformance suite; here each process has a store of its own over one table.
  it('two processes know of each other what they work on and what they have done', async () => {
    const { topology, queue } = jobs();
    const held = Promise.withResolvers<void>();
    const { Worker, runs } = worker(() => held.promise);
    const start = () => {
      const store = new DynamoDbIdempotencyStore(bench.stack.aws.dynamodb, TABLE);
      return bench.start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    };
    await start();
    await start();
    const copies = body();
    for (let n = 0; n < 4; n++) await bench.stack.put(queue, copies);
    await waitFor('one of them to work', () => runs, { until: ({ length }) => length === 1 });
    held.resolve();
    await bench.stack.emptied(queue);
    expect(runs).toHaveLength(1);
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
    const { client } = await bench.start({
      topology,
      controllers: [Counter],
      server: { idempotency: { store: new MemoryIdempotencyStore() } },
    });
    const first = await firstValueFrom(client.send('job.ask', {}));
    expect(first).toEqual({ run: 1 });
    // The same message twice, as a sender sends it that did not hear of the first.
    const request = JSON.stringify({ id: 'again', pattern: 'job.ask', data: {} });
    await bench.stack.put(queue, request);
    await bench.stack.emptied(queue);
    await bench.stack.put(queue, request);
    await bench.stack.emptied(queue);
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
    await bench.start({ topology, controllers, server: { idempotency: { store } } });
    await bench.stack.put(queue, body({}, 'order-1'));
    await bench.stack.emptied(queue);
    expect(store.done.toSorted()).toEqual([
      `${queue}/Second.alsoRun#order-1`,
      `${queue}/Worker.run#order-1`,
    ]);
  });

  it('controllers of the same name are distinguished by the names they are given', async () => {
    const { topology, queue } = jobs();
    const store = new NotedStore();
    const [one, two] = [worker(), worker()];
    HandlerName('Other')(two.Worker);
    await bench.start({
      topology,
      controllers: [one.Worker, two.Worker],
      server: { idempotency: { store } },
    });
    await bench.stack.put(queue, body({}, 'order-1'));
    await bench.stack.emptied(queue);
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
    await bench.start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    await bench.stack.put(queue, body({ n: 1 }, 'order-1'));
    await bench.stack.emptied(queue);
    await bench.stack.put(queue, body({ n: 2 }, 'order-1'));
    const copy = await bench.stack.take(`${queue}-dlq`);
    expect(copy.MessageAttributes?.['deadLetterReason']?.StringValue).toContain('same id');
    expect(runs).toEqual([{ n: 1 }]);
  });

  it('a queue that says so is handled without it', async () => {
    const { topology, queue } = jobs({ idempotent: false });
    const { Worker, runs } = worker();
    const store = new MemoryIdempotencyStore();
    await bench.start({ topology, controllers: [Worker], server: { idempotency: { store } } });
    const twice = body();
    await bench.stack.put(queue, twice);
    await bench.stack.put(queue, twice);
    await bench.stack.emptied(queue);
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
      failed: ({ action }: TransportFacts['failed']) => {
        failed.push(action);
        away = false;
      },
    };
    await bench.start({
      topology,
      controllers: [Worker],
      server: { idempotency: { store: new Moody() }, observer },
    });
    await bench.stack.put(queue, body());
    await bench.stack.emptied(queue);
    expect({ runs: runs.length, failed }).toEqual({ runs: 1, failed: ['retry'] });
  });
});
