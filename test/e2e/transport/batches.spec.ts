import {
  Catch,
  Controller,
  Module,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  type CallHandler,
  type ExceptionFilter,
  type ExecutionContext,
  type Type,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import { EMPTY, lastValueFrom } from 'rxjs';
import { invokeLambda, sqsEvent } from '../../../src/testing/index.js';
import { createSqsHandler } from '../../../src/transport/lambda/index.js';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  MemoryIdempotencyStore,
  OnBatch,
  OnEvent,
  PermanentError,
  record,
  SnsSqsBatchContext,
  SnsSqsServer,
  type SnsSqsServerOptions,
} from '../../../src/transport/index.js';
import type { BatchOptions } from '../../../src/transport/decorators/batch.options.js';
import type { QueueDeclaration } from '../../../src/transport/topology/index.js';
import { Bench } from '../../support/bench.js';
import { unique, type TestService } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const bench = new Bench();

class Job {
  @IsInt()
  n = 0;
}

type Work = (jobs: readonly Job[], context: SnsSqsBatchContext) => unknown;

/** A controller whose `job.run` takes batches, does what the test says, and notes each batch. */
function worker(work: Work, options: BatchOptions = {}) {
  const batches: (readonly number[])[] = [];
  @Controller()
  class Worker {
    @OnBatch('job.run', { lingerMs: 300, ...options })
    run(@Payload() jobs: Job[], @Ctx() context: SnsSqsBatchContext): unknown {
      batches.push(jobs.map(({ n }) => n));
      return work(jobs, context);
    }
  }
  return { Worker, batches };
}

interface Line {
  readonly queue: string;
  readonly service: TestService;
  readonly put: (n: unknown) => Promise<string>;
  readonly emit: (...numbers: readonly number[]) => Promise<void>;
}

async function start(
  controllers: Type[],
  {
    queue: declaration = {},
    server = {},
  }: { queue?: Partial<QueueDeclaration>; server?: Partial<SnsSqsServerOptions> } = {},
): Promise<Line> {
  const queue = declaration.name ?? unique('jobs');
  const topology = defineTopology({
    queues: [{ name: queue, patterns: ['job.*'], visibilityTimeoutS: 5, ...declaration }],
    routes: [{ patterns: ['job.*'], queue }],
  });
  const service = await bench.start({
    topology,
    controllers,
    server: { retry: { baseS: 0, capS: 0 }, ...server },
  });
  const emit = async (n: number): Promise<unknown> =>
    lastValueFrom(service.client.emit('job.run', { n }), { defaultValue: undefined });
  return {
    queue,
    service,
    put: (n) => bench.stack.put(queue, JSON.stringify({ n }), { pattern: 'job.run' }),
    emit: async (...numbers) => void (await Promise.all(numbers.map(emit))),
  };
}

const bodyWithId = (n: number): string =>
  JSON.stringify({ id: `job-${n}`, pattern: 'job.run', data: { n } });
const upTo = (count: number): number[] => Array.from({ length: count }, (_, n) => n);
const sorted = (numbers: readonly number[]): number[] => numbers.toSorted((a, b) => a - b);
const handled = (batches: readonly (readonly number[])[]): number[] => sorted(batches.flat());

describe('a batch handler', () => {
  it('gets the messages that are there together, each with its own context, and all are deleted', async () => {
    const contexts: object[] = [];
    const { Worker, batches } = worker((_jobs, { queue, pattern, messages }) => {
      for (const { messageId, correlationId, receiveCount, attributes, signal } of messages)
        contexts.push({
          queue,
          pattern,
          messageId,
          correlationId,
          receiveCount,
          attributes,
          signal,
        });
    });
    const { queue, emit } = await start([Worker]);
    await emit(...upTo(10));
    await bench.stack.emptied(queue);
    expect(batches.map(sorted)).toEqual([upTo(10)]);
    expect(new Set(contexts.map((one) => (one as { messageId: string }).messageId)).size).toBe(10);
    expect(contexts[0]).toMatchObject({
      queue,
      pattern: 'job.run',
      receiveCount: 1,
      correlationId: expect.stringMatching(/^[\da-f-]{36}$/),
      attributes: expect.any(Map),
      signal: expect.any(AbortSignal),
    });
  });

  it('gets no more than maxMessages at once, and what is left when the first has waited long enough', async () => {
    const { Worker, batches } = worker(() => undefined, { maxMessages: 4 });
    const { queue, emit } = await start([Worker]);
    await emit(...upTo(10));
    await bench.stack.emptied(queue);
    expect(handled(batches)).toEqual(upTo(10));
    expect(Math.max(...batches.map(({ length }) => length))).toBe(4);
  });

  it('waits for no more than may be in flight', async () => {
    const { Worker, batches } = worker(() => undefined, { maxMessages: 100, lingerMs: 60_000 });
    const { queue, emit } = await start([Worker], { server: { concurrency: 3 } });
    await emit(...upTo(6));
    await bench.stack.emptied(queue);
    expect(batches.map(({ length }) => length)).toEqual([3, 3]);
  });

  it('fails some of its messages: those are redelivered, each after its own receive count, the others are not', async () => {
    const attempts = new Map<number, number[]>();
    const { Worker } = worker((jobs, context) => {
      jobs.forEach(({ n }, index) => {
        const { receiveCount = 0 } = context.messages[index] ?? {};
        attempts.set(n, [...(attempts.get(n) ?? []), receiveCount]);
        if (n < 2 && receiveCount <= n + 1) context.fail(index, new Error('not yet'));
      });
    });
    const { queue, emit } = await start([Worker]);
    await emit(...upTo(5));
    await bench.stack.emptied(queue);
    expect([...attempts].toSorted(([a], [b]) => a - b)).toEqual([
      [0, [1, 2]],
      [1, [1, 2, 3]],
      [2, [1]],
      [3, [1]],
      [4, [1]],
    ]);
  });

  it('fails one message permanently: it alone is dead-lettered, with its own reason', async () => {
    const { Worker } = worker((jobs, context) => {
      jobs.forEach(({ n }, index) => {
        if (n === 3) context.fail(index, new PermanentError(`job ${n} was cancelled`));
      });
    });
    const { queue, emit } = await start([Worker]);
    await emit(...upTo(5));
    const { MessageAttributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    expect(attributes?.[DEAD_LETTER_REASON]?.StringValue).toBe('job 3 was cancelled');
    await bench.stack.emptied(queue);
    expect((await bench.stack.depth(`${queue}-dlq`)).visible).toBe(0);
  });

  it('that throws has failed all of its messages, but for those it had failed with another error', async () => {
    const { Worker, batches } = worker((jobs, context) => {
      const third = jobs.findIndex(({ n }) => n === 3);
      if (third !== -1) context.fail(third, new PermanentError('cancelled'));
      if (batches.length === 1) throw new Error('the database is away');
    });
    const { queue, emit } = await start([Worker]);
    await emit(...upTo(5));
    await bench.stack.take(`${queue}-dlq`);
    await bench.stack.emptied(queue);
    expect(handled(batches.slice(0, 1))).toEqual(upTo(5));
    expect(handled(batches.slice(1))).toEqual([0, 1, 2, 4]);
  });

  it('cannot fail a message at a position that does not exist, nor after the batch has ended', async () => {
    let late: (() => void) | undefined;
    const faults: unknown[] = [];
    const { Worker } = worker((_jobs, context) => {
      try {
        context.fail(1, new Error('there is one message only'));
      } catch (error) {
        faults.push(error);
      }
      late = () => context.fail(0, new Error('too late'));
    });
    const { queue, emit } = await start([Worker]);
    await emit(0);
    await bench.stack.emptied(queue);
    expect(faults).toEqual([new RangeError('The batch has 1 messages, none at 1')]);
    expect(late).toThrow('The batch has ended');
  });

  it.each([
    ['its class', {}],
    ["Nest's ValidationPipe", { itemPipe: new ValidationPipe({ transform: true }) }],
  ])('is not given a message that does not fit %s: it fails alone', async (_what, options) => {
    const jobs: Job[] = [];
    const { Worker } = worker((batch) => void jobs.push(...batch), { items: Job, ...options });
    const { queue, put } = await start([Worker], { queue: { deadLetter: { maxReceiveCount: 1 } } });
    await Promise.all([put(1), put('two'), put(3)]);
    const { Body: body } = await bench.stack.take(`${queue}-dlq`);
    await bench.stack.emptied(queue);
    expect(body).toBe('{"n":"two"}');
    expect(jobs.toSorted((a, b) => a.n - b.n)).toEqual([{ n: 1 }, { n: 3 }]);
    expect(jobs.map((job) => job.constructor.name)).toEqual(['Job', 'Job']);
  });

  it('has guards, interceptors and filters around it, once a batch', async () => {
    const seen: unknown[] = [];
    const guard = {
      canActivate: (context: ExecutionContext) => {
        seen.push({ guarded: context.switchToRpc().getData<Job[]>().length });
        return true;
      },
    };
    const interceptor = {
      intercept: (context: ExecutionContext, next: CallHandler) => {
        const rpc = context.switchToRpc().getContext<SnsSqsBatchContext>();
        seen.push({ intercepted: rpc.messages.length });
        return next.handle();
      },
    };
    @Catch()
    class Swallow implements ExceptionFilter {
      catch(): unknown {
        seen.push('swallowed');
        return EMPTY;
      }
    }
    @Controller()
    class Guarded {
      @UseGuards(guard)
      @UseInterceptors(interceptor)
      @UseFilters(Swallow)
      @OnBatch('job.run', { lingerMs: 300 })
      run(): never {
        throw new Error('swallowed by the filter, so that the batch is handled');
      }
    }
    const { queue, emit } = await start([Guarded]);
    await emit(...upTo(3));
    await bench.stack.emptied(queue);
    expect(seen).toEqual([{ guarded: 3 }, { intercepted: 3 }, 'swallowed']);
  });

  it('does a message once where there is an idempotency store, also when its batch is redelivered without it', async () => {
    const { Worker, batches } = worker((jobs, context) => {
      const first = jobs.findIndex(({ n }) => n === 0);
      if (batches.length === 1) context.fail(first, new Error('not yet'));
    });
    const store = new MemoryIdempotencyStore();
    const { queue, put } = await start([Worker], { server: { idempotency: { store } } });
    await Promise.all(upTo(3).map((n) => bench.stack.put(queue, bodyWithId(n))));
    await bench.stack.emptied(queue);
    // The same messages again, as a producer sends them that has not heard of the first time.
    await Promise.all(upTo(3).map((n) => bench.stack.put(queue, bodyWithId(n))));
    await put(7);
    await bench.stack.emptied(queue);
    expect(batches.map(sorted)).toEqual([[0, 1, 2], [0], [7]]);
  });
});

describe('messages that wait for company', () => {
  it('are handled at once when the server closes', async () => {
    const { Worker, batches } = worker(() => undefined, { lingerMs: 60_000 });
    const { queue, service, emit } = await start([Worker]);
    await emit(1, 2);
    await waitFor(
      'both messages to be in flight',
      () => service.server.health()[0]?.inFlight === 2,
    );
    await service.close();
    expect(batches.map(sorted)).toEqual([[1, 2]]);
    expect(await bench.stack.depth(queue)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('keep their leases', async () => {
    const { Worker, batches } = worker(() => undefined, { lingerMs: 2500 });
    const { queue, emit } = await start([Worker], { queue: { visibilityTimeoutS: 1 } });
    await emit(1, 2);
    await bench.stack.emptied(queue);
    expect(batches.map(sorted)).toEqual([[1, 2]]);
  });

  it('are not started once their leases are lost', async () => {
    const lost: string[] = [];
    const { Worker, batches } = worker(() => undefined, { lingerMs: 60_000 });
    const { service, emit } = await start([Worker], {
      queue: { visibilityTimeoutS: 1 },
      server: { maxLeaseMs: 1, observer: { leaseLost: ({ queue }) => void lost.push(queue) } },
    });
    await emit(1);
    await waitFor('the lease to be lost', () => lost, { until: ({ length }) => length > 0 });
    await service.close();
    expect(batches).toEqual([]);
  });
});

describe('a batch past its longest lease', () => {
  it('has its signal aborted, and is not acknowledged', async () => {
    const reasons: unknown[] = [];
    const { Worker, batches } = worker(async (_jobs, { signal }) => {
      if (batches.length > 1) return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      reasons.push(signal.reason);
    });
    const { queue, emit } = await start([Worker], {
      queue: { visibilityTimeoutS: 1 },
      server: { maxLeaseMs: 1 },
    });
    await emit(1, 2);
    await waitFor('both messages to be handled again', () => handled(batches), {
      until: ({ length }) => length === 4,
    });
    await bench.stack.emptied(queue);
    expect(reasons).toEqual([new Error('The lease of every message of the batch was lost')]);
  });
});

describe('batches of a FIFO queue', () => {
  it('hold messages of many groups, and what follows a failure in its group is redelivered after it', async () => {
    const done: { group: string; n: number }[] = [];
    const failed = new Set<number>();
    @Controller()
    class Worker {
      @OnBatch('job.run')
      run(@Payload() jobs: { n: number }[], @Ctx() context: SnsSqsBatchContext): void {
        const stopped = new Set<string>();
        jobs.forEach(({ n }, index) => {
          const { group = '' } = context.messages[index] ?? {};
          if (n % 7 === 3 && !failed.has(n)) {
            failed.add(n);
            stopped.add(group);
            context.fail(index, new Error('not yet'));
          } else if (!stopped.has(group)) done.push({ group, n });
        });
      }
    }
    const { queue, service } = await start([Worker], { queue: { name: `${unique('jobs')}.fifo` } });
    const { client } = service;
    for (const n of upTo(30))
      client.emit(
        'job.run',
        record({ n })
          .withGroup(`g${n % 3}`)
          .build(),
      );
    await waitFor('all 30 jobs to be done', () => done, { until: ({ length }) => length >= 30 });
    await bench.stack.emptied(queue);
    for (const [index, group] of ['g0', 'g1', 'g2'].entries()) {
      const order = done.filter((one) => one.group === group).map(({ n }) => n);
      expect(order).toEqual(upTo(10).map((n) => n * 3 + index));
    }
  });
});

describe('a batch handler in a Lambda function', () => {
  @Module({})
  class AppModule {}

  async function lambda(work: Work, declaration: Partial<QueueDeclaration> = {}) {
    const { Worker, batches } = worker(work);
    const queue = declaration.name ?? unique('jobs');
    const topology = defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], ...declaration }],
    });
    const server = new SnsSqsServer({ topology, aws: bench.stack.aws, provision: 'create' });
    const module = { module: AppModule, controllers: [Worker] };
    const handler = createSqsHandler(
      async () => ({ app: await NestFactory.create(module, { logger: false }) }),
      { server },
    );
    await handler({ Records: [] });
    return { batches, handler, queue };
  }

  it('gets the messages of an event, and those it failed alone are reported', async () => {
    const { queue, handler, batches } = await lambda((jobs, context) => {
      const second = jobs.findIndex(({ n }) => n === 2);
      if (batches.length === 1) context.fail(second, new Error('not yet'));
    });
    const ids = await Promise.all(
      upTo(4).map((n) => bench.stack.put(queue, JSON.stringify({ n }), { pattern: 'job.run' })),
    );
    const first = await invokeLambda(bench.stack, queue, handler);
    const second = await invokeLambda(bench.stack, queue, handler);
    await handler.close();
    expect(first).toEqual({ batchItemFailures: [{ itemIdentifier: ids[2] }] });
    expect(second).toEqual({ batchItemFailures: [] });
    expect(batches.map(sorted)).toEqual([upTo(4), [2]]);
  });

  it('reports what comes after a failure in its FIFO group as failed, and nothing of other groups', async () => {
    const { queue, handler, batches } = await lambda(
      (jobs, context) => {
        const failing = jobs.findIndex(({ n }) => n === 2);
        if (failing !== -1) context.fail(failing, new Error('not yet'));
      },
      { name: `${unique('jobs')}.fifo` },
    );
    const arn = `arn:aws:sqs:us-east-1:000000000000:${queue}`;
    const messages = [1, 2, 3, 4, 5].map((n) => ({
      MessageId: `m${n}`,
      ReceiptHandle: `h${n}`,
      Body: JSON.stringify({ pattern: 'job.run', data: { n } }),
      Attributes: { MessageGroupId: n < 5 ? 'a' : 'b', ApproximateReceiveCount: '1' },
    }));
    const { batchItemFailures: failures } = await handler(sqsEvent(arn, messages));
    await handler.close();
    expect(failures.map(({ itemIdentifier }) => itemIdentifier)).toEqual(['m2', 'm3', 'm4']);
    expect(batches.map(sorted)).toEqual([[1, 2, 3, 4, 5]]);
  });
});

describe('a batch handler that cannot be', () => {
  @Controller()
  class Batch {
    @OnBatch('job.run')
    run(): void {}
  }
  @Controller()
  class Another {
    @OnBatch('job.run')
    run(): void {}
  }
  @Controller()
  class Single {
    @OnEvent('job.run')
    one(): void {}
  }
  @Controller()
  class Endless {
    @OnBatch('job.run', { maxMessages: 0, lingerMs: 0.5 })
    run(): void {}
  }

  it.each([
    ['beside another handler of its pattern', [Batch, Single], 'Batch.run, Single.one'],
    ['beside another batch handler', [Batch, Another], 'must be its only handler'],
    ['with options out of range', [Endless], 'maxMessages is 0'],
  ])('fails the start: %s', async (_what, controllers, text) => {
    await expect(start(controllers)).rejects.toThrow(text);
  });
});
