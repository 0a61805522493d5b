import {
  Controller,
  Inject,
  Module,
  UseGuards,
  type CanActivate,
  type DynamicModule,
  type Type,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import { firstValueFrom } from 'rxjs';
import { systemClock, type Clock } from '../../../src/transport/clock.js';
import {
  MemoryIdempotencyStore,
  type IdempotencyStore,
} from '../../../src/transport/idempotency/index.js';
import {
  createSqsHandler,
  type SqsHandler,
  type SqsHandlerOptions,
} from '../../../src/transport/lambda/index.js';
import {
  defineTopology,
  InvalidEventError,
  OnEvent,
  OnRequest,
  PermanentError,
  SnsSqsClient,
  SnsSqsContext,
  SnsSqsServer,
  type SnsSqsServerOptions,
} from '../../../src/transport/index.js';
import type { QueueDeclaration } from '../../../src/transport/topology/index.js';
import {
  FakeClock,
  invokeLambda,
  sqsEvent,
  startTestBroker,
  type InvokeOptions,
  type TestBroker,
} from '../../../src/testing/index.js';
import { emit, countCalls, unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

let broker: TestBroker;
const handlers: SqsHandler[] = [];

const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);

beforeAll(async () => {
  broker = await startTestBroker();
});
afterEach(async () => {
  for (const handler of handlers.splice(0)) await handler.close();
});
afterAll(() => broker.stop());

interface Job {
  readonly n: number;
}

interface Under {
  readonly queue: string;
  readonly handler: SqsHandler;
  readonly module: DynamicModule;
  readonly runs: number[];
  readonly put: (n: number) => Promise<string>;
  readonly invoke: (options?: InvokeOptions) => Promise<readonly string[]>;
}

@Module({})
class AppModule {}

/** A function whose one queue carries `job.*`, its `job.run` doing what the test says. */
async function lambda(
  work: (job: Job, context: SnsSqsContext, client: SnsSqsClient) => unknown,
  {
    server: serverOptions,
    queue: declaration = {},
    handler: options = {},
    controllers = [],
    guard = { canActivate: () => true },
  }: {
    server?: Partial<SnsSqsServerOptions>;
    queue?: Partial<QueueDeclaration>;
    handler?: SqsHandlerOptions;
    controllers?: Type[];
    guard?: CanActivate;
  } = {},
): Promise<Under> {
  const runs: number[] = [];
  @Controller()
  @UseGuards(guard)
  class Worker {
    constructor(@Inject('CLIENT') private readonly client: SnsSqsClient) {}

    @OnEvent('job.run')
    run(@Payload() job: object, @Ctx() context: SnsSqsContext): unknown {
      const { n } = job as Job;
      runs.push(n);
      return work({ n }, context, this.client);
    }
  }
  const queue = declaration.name ?? unique('jobs');
  const results = `${queue.replace('.fifo', '')}-results`;
  const topology = defineTopology({
    queues: [
      { name: queue, patterns: ['job.*'], visibilityTimeoutS: 60, ...declaration },
      { name: results, patterns: [] },
    ],
    routes: [
      { patterns: ['job.*'], queue },
      { patterns: ['result'], queue: results },
    ],
  });
  const common = { topology, aws: broker.aws, provision: 'create' } as const;
  const module: DynamicModule = {
    module: AppModule,
    controllers: [Worker, ...controllers],
    providers: [
      { provide: SnsSqsServer, useValue: new SnsSqsServer({ ...common, ...serverOptions }) },
      { provide: 'CLIENT', useValue: new SnsSqsClient(common) },
    ],
  };
  const handler = createSqsHandler(
    async () => ({ app: await NestFactory.create(module, { logger: false, abortOnError: false }) }),
    options,
  );
  handlers.push(handler);
  await handler({ Records: [] });
  return {
    queue,
    handler,
    module,
    runs,
    put: (n) => broker.put(queue, JSON.stringify({ n }), { pattern: 'job.run' }),
    invoke: async (invoke) =>
      (await invokeLambda(broker, queue, handler, invoke)).batchItemFailures.map(
        ({ itemIdentifier }) => itemIdentifier,
      ),
  };
}

describe('a Lambda function', () => {
  it('gives handlers the context they have elsewhere', async () => {
    const seen: unknown[] = [];
    const { put, invoke, queue } = await lambda((_job, context) => {
      const { messageId, receiveCount, isLastAttempt, pattern, correlationId } = context;
      seen.push({
        messageId,
        receiveCount,
        isLastAttempt,
        pattern,
        correlationId,
        queue: context.queue,
        attribute: context.attributes.get('pattern'),
      });
    });
    const messageId = await put(1);
    await invoke();
    expect(seen).toEqual([
      {
        messageId,
        receiveCount: 1,
        isLastAttempt: false,
        pattern: 'job.run',
        correlationId: messageId,
        queue,
        attribute: 'job.run',
      },
    ]);
  });

  it('reports a message that can never be handled as failed when there is no dead-letter queue', async () => {
    const { put, invoke } = await lambda(
      () => {
        throw new PermanentError('cancelled');
      },
      { queue: { deadLetter: false } },
    );
    const id = await put(1);
    expect(await invoke()).toEqual([id]);
  });

  it('has a message that can never be handled deleted when the policy is to discard', async () => {
    const { put, invoke, queue } = await lambda(
      () => {
        throw new PermanentError('cancelled');
      },
      { server: { onPermanentError: 'discard' } },
    );
    await put(1);
    expect(await invoke()).toEqual([]);
    expect(await broker.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('handles a message once that an event carries twice', async () => {
    const { runs, queue, handler, put } = await lambda(() => undefined);
    await put(1);
    const message = await broker.take(queue);
    const event = sqsEvent(`arn:aws:sqs:us-east-1:000000000000:${queue}`, [message, message]);
    expect(await handler(event)).toEqual({ batchItemFailures: [] });
    expect(runs).toEqual([1]);
  });

  it('answers requests before it returns', async () => {
    @Controller()
    class Adder {
      @OnRequest('job.add')
      add(@Payload() numbers: number[]): number {
        return numbers.reduce((sum, one) => sum + one, 0);
      }
    }
    const { invoke, queue, module } = await lambda(() => undefined, { controllers: [Adder] });
    const { useValue: client } = (module.providers ?? [])[1] as { useValue: SnsSqsClient };
    const answer = firstValueFrom(client.send('job.add', [1, 2, 3]));
    await waitFor('the request to be sent', async () => (await broker.depth(queue)).visible === 1);
    expect(await invoke()).toEqual([]);
    expect(await answer).toBe(6);
  });

  it('lets everything handlers sent go out before it returns, waited for or not', async () => {
    const { put, invoke, queue } = await lambda(({ n }, _context, client) => {
      client.emit('result', { n });
    });
    await Promise.all([1, 2, 3].map((n) => put(n)));
    await invoke();
    expect(await broker.depth(`${queue}-results`)).toEqual({ visible: 3, inFlight: 0 });
  });

  it('waits for what a handler waits for', async () => {
    const { put, invoke, queue } = await lambda(({ n }, _context, client) =>
      emit(client, 'result', { n }),
    );
    await put(1);
    await invoke();
    expect(await broker.depth(`${queue}-results`)).toEqual({ visible: 1, inFlight: 0 });
  });

  it('neither polls nor renews nor deletes', async () => {
    const { put, queue, handler } = await lambda(() => undefined);
    await put(1);
    const message = await broker.take(queue);
    const calls = countCalls(broker.aws.sqs);
    await handler(sqsEvent(`arn:aws:sqs:us-east-1:000000000000:${queue}`, [message]));
    expect(calls.ended()).toEqual([]);
    expect(await broker.depth(queue)).toEqual({ visible: 0, inFlight: 1 });
  });

  it('runs no more at once than its concurrency', async () => {
    let running = 0;
    let most = 0;
    const { put, invoke } = await lambda(
      async () => {
        most = Math.max(most, (running += 1));
        await new Promise((resolve) => setImmediate(resolve));
        running -= 1;
      },
      { server: { concurrency: 2 } },
    );
    await Promise.all([1, 2, 3, 4, 5].map((n) => put(n)));
    expect(await invoke()).toEqual([]);
    expect(most).toBe(2);
  });
});

/** An event with messages that wait on a queue. */
async function eventOf(queue: string, count = 1) {
  const messages = [];
  while (messages.length < count) messages.push(await broker.take(queue));
  return sqsEvent(`arn:aws:sqs:us-east-1:000000000000:${queue}`, messages);
}

const LAMBDA_MS = 30_000;
const DEFAULT_RESERVE_MS = 1000;

/** An invocation whose time passes when the test says so. */
function invocation() {
  const clock = new FakeClock();
  const begin = async ({ queue, handler }: Under, messages: number): Promise<string[]> => {
    const given = await eventOf(queue, messages);
    const context = { getRemainingTimeInMillis: () => LAMBDA_MS - clock.monotonicMs() };
    const { batchItemFailures } = await handler(given, context);
    return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
  };
  /** Lets time pass until only the reserve is left. */
  const passes = (reserveMs: number): Promise<void> =>
    clock.advance(LAMBDA_MS - reserveMs - clock.monotonicMs());
  return { server: { clock }, begin, passes };
}

describe('the time of an invocation', () => {
  it('ends handlers that still run: their signal is aborted, their messages are redelivered', async () => {
    const aborted: number[] = [];
    const { server, begin, passes } = invocation();
    const under = await lambda(
      async ({ n }, { signal }) => {
        if (n === 1) return;
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
        aborted.push(n);
      },
      { server },
    );
    await under.put(1);
    const slow = await under.put(2);
    const failed = begin(under, 2);
    await waitForCount('handlers begun', () => under.runs, 2);
    await passes(DEFAULT_RESERVE_MS);
    expect(await failed).toEqual([slow]);
    expect(aborted).toEqual([2]);
  });

  it('a handler that never returns costs its own message and no other', async () => {
    const { server, begin, passes } = invocation();
    const under = await lambda(
      ({ n }) => (n === 1 ? new Promise<void>(() => undefined) : undefined),
      { server, handler: { reserveMs: 100 } },
    );
    const [stuck] = await Promise.all([1, 2, 3].map((n) => under.put(n)));
    const failed = begin(under, 3);
    await waitForCount('handlers begun', () => under.runs, 3);
    await passes(100);
    expect(await failed).toEqual([stuck]);
  });

  it('starts nothing when less than the reserve is left', async () => {
    const { put, invoke, runs } = await lambda(() => undefined, { handler: { reserveMs: 5000 } });
    const id = await put(1);
    expect(await invoke({ timeoutMs: 4000 })).toEqual([id]);
    expect(runs).toEqual([]);
  });

  it('leaves what waited its turn to the next one', async () => {
    const { server, begin, passes } = invocation();
    const under = await lambda(() => new Promise<void>(() => undefined), {
      server: { ...server, concurrency: 1 },
      handler: { reserveMs: 100 },
    });
    const ids = await Promise.all([1, 2].map((n) => under.put(n)));
    const failed = begin(under, 2);
    await waitForCount('handlers begun', () => under.runs, 1);
    await passes(100);
    expect(new Set(await failed)).toEqual(new Set(ids));
    expect(under.runs).toHaveLength(1);
  });
});

/** A machine's clock that has gone on while the process stood still, before its timers have run. */
function stoppable() {
  let stoodMs = 0;
  const clock: Clock = {
    ...systemClock,
    now: () => systemClock.now() + stoodMs,
    monotonicMs: () => systemClock.monotonicMs() + stoodMs,
    after: (delayMs, callback) => systemClock.after(delayMs, callback),
    every: (intervalMs, callback) => systemClock.every(intervalMs, callback),
  };
  return { clock, standStill: () => void (stoodMs += 60_000) };
}

/** A store during whose first call something happens. */
class SlowStore extends MemoryIdempotencyStore {
  constructor(private happen: () => void) {
    super();
  }

  override async reserve(...call: Parameters<IdempotencyStore['reserve']>) {
    const found = await super.reserve(...call);
    this.happen();
    this.happen = () => undefined;
    return found;
  }
}

/** Does something before the first message's handler, as a guard or a pipe may take its time. */
const beforeFirst = (happen: () => void): CanActivate => {
  let first = true;
  return {
    canActivate: () => {
      if (first) happen();
      first = false;
      return true;
    },
  };
};

const failures = async (under: Under, given: object, leftMs: () => number) => {
  const context = { getRemainingTimeInMillis: leftMs };
  const { batchItemFailures } = await under.handler(given, context);
  return batchItemFailures.map(({ itemIdentifier }) => itemIdentifier);
};

describe('a function whose time is over before a handler begins', () => {
  /** How its time ends: by what this process measures, or by what Lambda says alone. */
  const ENDS = {
    'the process stood still': () => {
      const { clock, standStill } = stoppable();
      return { server: { clock }, end: standStill, leftMs: () => 30_000 };
    },
    'Lambda says that no time is left': () => {
      let leftMs = 30_000;
      return { server: {}, end: () => void (leftMs = 0), leftMs: () => leftMs };
    },
  };

  describe.each(Object.entries(ENDS))('as %s', (_how, ends) => {
    it('begins nothing after what ran before the handler, and reports its message', async () => {
      const { server, end, leftMs } = ends();
      const under = await lambda(() => undefined, { server, guard: beforeFirst(end) });
      const id = await under.put(1);
      expect(await failures(under, await eventOf(under.queue), leftMs)).toEqual([id]);
      expect(under.runs).toEqual([]);
    });

    it('begins nothing that waited its turn', async () => {
      const { server, end, leftMs } = ends();
      const under = await lambda(end, { server: { ...server, concurrency: 1 } });
      const ids = [await under.put(1), await under.put(2)];
      expect(await failures(under, await eventOf(under.queue, 2), leftMs)).toContain(ids[1]);
      expect(under.runs).toEqual([1]);
    });

    it('begins nothing after the call to its store, and the next event finds the work free', async () => {
      const { server, end, leftMs } = ends();
      const idempotency = { store: new SlowStore(end) };
      const under = await lambda(() => undefined, { server: { ...server, idempotency } });
      const id = await under.put(1);
      const given = await eventOf(under.queue);
      expect(await failures(under, given, leftMs)).toEqual([id]);
      expect(under.runs).toEqual([]);
      expect(await failures(under, given, () => 30_000)).toEqual([]);
      expect(under.runs).toEqual([1]);
    });
  });

  it('keeps what a handler has done by then', async () => {
    let leftMs = 30_000;
    const under = await lambda(() => void (leftMs = 0));
    await under.put(1);
    const answer = await under.handler(await eventOf(under.queue), {
      getRemainingTimeInMillis: () => leftMs,
    });
    expect(answer).toEqual({ batchItemFailures: [] });
  });
});

describe('a Lambda function on a FIFO queue', () => {
  it('reports the rest of a group as failed after a failure, without running it', async () => {
    const { queue, handler, runs } = await lambda(
      ({ n }) => {
        if (n === 2) throw new Error('not yet');
      },
      { queue: { name: `${unique('jobs')}.fifo` } },
    );
    const messages = (['a', 'a', 'b', 'a', 'b'] as const).map((MessageGroupId, n) => ({
      MessageId: `m-${n + 1}`,
      Body: JSON.stringify({ n: n + 1 }),
      Attributes: { MessageGroupId },
      MessageAttributes: { pattern: { DataType: 'String', StringValue: 'job.run' } },
    }));
    const { batchItemFailures: failed } = await handler(
      sqsEvent(`arn:aws:sqs:us-east-1:000000000000:${queue}`, messages),
    );
    expect(failed.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m-2', 'm-4']);
    expect(sorted(runs)).toEqual([1, 2, 3, 5]);
  });
});

describe('an event', () => {
  it('of an unknown queue fails as a whole, naming the queues there are', async () => {
    const { handler, queue, runs, put } = await lambda(() => undefined);
    await put(1);
    const message = await broker.take(queue);
    const event = sqsEvent('arn:aws:sqs:us-east-1:000000000000:other', [message]);
    await expect(handler(event)).rejects.toThrow(InvalidEventError);
    await expect(handler(event)).rejects.toThrow(
      `the queue other of account 000000000000, which is not consumed here; consumed: ${queue}`,
    );
    const foreign = sqsEvent(`arn:aws:sqs:us-east-1:111111111111:${queue}`, [message]);
    await expect(handler(foreign)).rejects.toThrow(InvalidEventError);
    expect(runs).toEqual([]);
  });

  it('of a queue this function is not to consume fails as a whole', async () => {
    const { handler, queue } = await lambda(() => undefined, { server: { consume: [] } });
    const event = sqsEvent(`arn:aws:sqs:us-east-1:000000000000:${queue}`, [
      { MessageId: 'm', Body: '{}' },
    ]);
    await expect(handler(event)).rejects.toThrow('consumed: none');
  });

  it('that is not an SQS event fails with a clear error', async () => {
    const { handler } = await lambda(() => undefined);
    await expect(handler({ path: '/' })).rejects.toThrow('it is not an SQS event');
  });
});

describe('the start', () => {
  it('happens with the first event and once', async () => {
    let starts = 0;
    const { module } = await lambda(() => undefined);
    const handler = createSqsHandler(async () => {
      starts += 1;
      return { app: await NestFactory.create(module, { logger: false }) };
    });
    handlers.push(handler);
    expect(starts).toBe(0);
    await Promise.all([handler({ Records: [] }), handler({ Records: [] })]);
    await handler({ Records: [] });
    expect(starts).toBe(1);
  });

  it('that fails is retried with the next event', async () => {
    let starts = 0;
    const { module } = await lambda(() => undefined);
    const handler = createSqsHandler(async () => {
      starts += 1;
      if (starts === 1) throw new Error('MongoDB is away');
      return { app: await NestFactory.create(module, { logger: false }) };
    });
    handlers.push(handler);
    await expect(handler({ Records: [] })).rejects.toThrow('MongoDB is away');
    expect(await handler({ Records: [] })).toEqual({ batchItemFailures: [] });
  });

  it('takes a module as it is, and a server of one’s own', async () => {
    const queue = unique('jobs');
    const ran: unknown[] = [];
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(@Payload() job: object): void {
        ran.push(job);
      }
    }
    @Module({ controllers: [Worker] })
    class Plain {}
    const topology = defineTopology({ queues: [{ name: queue, patterns: ['job.*'] }] });
    const server = new SnsSqsServer({ topology, aws: broker.aws, provision: 'create' });
    const handler = createSqsHandler(Plain, { server });
    handlers.push(handler);
    await handler({ Records: [] });
    await broker.put(queue, '{"n":1}', { pattern: 'job.run' });
    await invokeLambda(broker, queue, handler);
    expect(ran).toEqual([{ n: 1 }]);
  });
});
