import {
  Catch,
  Controller,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import { catchError, EMPTY, firstValueFrom, of, type Observable } from 'rxjs';
import {
  defineTopology,
  MemoryIdempotencyStore,
  OnBatch,
  OnEvent,
  OnRequest,
  SnsSqsBatchContext,
  SnsSqsContext,
} from '../../../src/transport/index.js';
import type { IdempotencyStore } from '../../../src/transport/idempotency/idempotency.store.js';
import { BriskClock } from '../../support/brisk-clock.js';
import { startBriskStack } from '../../support/brisk-stack.js';
import { emit, startService } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const LEASE_S = 90;
/** Before it is renewed. Twice that is more than a lease: ticks are added. */
const HALF_A_LEASE_MS = (LEASE_S * 1000) / 2;

/** What a process does between the look at a lease and the first line of a handler, where it stands still once. */
interface Pause {
  once(): Promise<void>;
}

function pauseOf(clock: BriskClock, ms = 2 * LEASE_S * 1000): Pause {
  let stood = false;
  return {
    once: async () => {
      await Promise.resolve();
      if (!stood) clock.stand(ms);
      stood = true;
    },
  };
}

type Decorate = (pause: Pause) => MethodDecorator;

const PLACES: readonly (readonly [string, Decorate])[] = [
  ['a guard', (pause) => UseGuards(guard(pause))],
  ['an interceptor', (pause) => UseInterceptors(interceptor(pause))],
  ['a pipe', (pause) => UsePipes(pipe(pause))],
];

const guard = (pause: Pause): CanActivate => ({
  canActivate: async () => {
    await pause.once();
    return true;
  },
});

const interceptor = (pause: Pause): NestInterceptor => ({
  intercept: async (_context: ExecutionContext, next: CallHandler) => {
    await pause.once();
    return next.handle();
  },
});

const pipe = (pause: Pause): PipeTransform => ({
  transform: async (value: unknown) => {
    await pause.once();
    return value;
  },
});

/** The receives at which a handler began. */
type Began = number[];
type Kind = (began: Began, ...decorators: readonly MethodDecorator[]) => Type;

const all =
  (decorators: readonly MethodDecorator[]): MethodDecorator =>
  (target, key, descriptor) =>
    decorators.forEach((decorate) => void decorate(target, key, descriptor));

const event: Kind = (began, ...decorators) => {
  @Controller()
  class Events {
    @all(decorators)
    @OnEvent('job.run')
    run(@Payload() _data: unknown, @Ctx() { receiveCount }: SnsSqsContext): void {
      began.push(receiveCount);
    }
  }
  return Events;
};

const request: Kind = (began, ...decorators) => {
  @Controller()
  class Requests {
    @all(decorators)
    @OnRequest('job.run')
    run(@Payload() _data: unknown, @Ctx() { receiveCount }: SnsSqsContext): string {
      began.push(receiveCount);
      return 'done';
    }
  }
  return Requests;
};

const batch: Kind = (began, ...decorators) => {
  @Controller()
  class Batches {
    @all(decorators)
    @OnBatch('job.run', { lingerMs: 0 })
    run(@Payload() _jobs: unknown[], @Ctx() { messages }: SnsSqsBatchContext): void {
      began.push(...messages.map(({ receiveCount }) => receiveCount));
    }
  }
  return Batches;
};

/** A service with one handler, beside a broker for which the same time passes. */
async function start(
  clock: BriskClock,
  controller: Type,
  { store = false }: { readonly store?: boolean | IdempotencyStore } = {},
) {
  const queue = 'jobs';
  const told: string[] = [];
  const stack = await startBriskStack(clock);
  const service = await startService(stack, {
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['job.*'], visibilityTimeoutS: LEASE_S }],
      routes: [{ patterns: ['job.*'], queue }],
    }),
    controllers: [controller],
    server: {
      observer: {
        leaseLost: () => void told.push('lost'),
        handled: () => void told.push('handled'),
        repeated: () => void told.push('answered from the store'),
        acknowledged: () => void told.push('acknowledged'),
      },
      ...(store && {
        idempotency: { store: store === true ? new MemoryIdempotencyStore() : store },
      }),
    },
    // A caller that waits on while leases run out.
    client: { requestTimeoutMs: 20 * LEASE_S * 1000 },
  });
  const close = async (): Promise<void> => {
    await service.close();
    await stack.stop();
  };
  return { ...service, told, close, emptied: () => stack.emptied(queue) };
}

/** Has one message handled; gives the receives at which its handler began. */
async function handled(
  controllerOf: (pause: Pause, began: Began) => Type,
  given: { readonly store?: boolean; readonly request?: boolean } = {},
): Promise<Began> {
  const clock = new BriskClock();
  const began: Began = [];
  const service = await start(clock, controllerOf(pauseOf(clock), began), given);
  try {
    if (given.request) await firstValueFrom(service.client.send('job.run', {}));
    else await emit(service.client, 'job.run', {});
    await waitFor('the message to be handled', () => began.length > 0);
    await service.emptied();
    return began;
  } finally {
    await service.close();
  }
}

describe.each([false, true])(
  'a process that stands still for twice its lease (store: %p)',
  (store) => {
    it.concurrent.each(PLACES)(
      'in %s begins no event, request or batch: they are redelivered',
      async (_place, standing) => {
        const [events, requests, batches] = await Promise.all([
          handled((pause, began) => event(began, standing(pause)), { store }),
          handled((pause, began) => request(began, standing(pause)), { store, request: true }),
          handled((pause, began) => batch(began, standing(pause)), { store }),
        ]);
        expect({ events, requests, batches }).toEqual({
          events: [2],
          requests: [2],
          batches: [2],
        });
      },
    );

    it.concurrent(
      'acknowledges nothing and remembers nothing as done, though a filter swallows that',
      async () => {
        @Catch()
        class Swallow implements ExceptionFilter {
          catch(): Observable<never> {
            return EMPTY;
          }
        }
        const began = await handled(
          (pause, seen) => event(seen, UseFilters(Swallow), UseGuards(guard(pause))),
          { store },
        );
        expect(began).toEqual([2]);
      },
    );

    it.concurrent(
      'acknowledges nothing and remembers nothing as done, though an interceptor makes a value of it',
      async () => {
        const swallow: NestInterceptor = {
          intercept: (_context, next) => next.handle().pipe(catchError(() => of('nothing to do'))),
        };
        const began = await handled(
          (pause, seen) => request(seen, UseInterceptors(swallow), UsePipes(pipe(pause))),
          { store, request: true },
        );
        expect(began).toEqual([2]);
      },
    );
  },
);

it.concurrent('a handler that takes no context looks at its lease as well', async () => {
  const clock = new BriskClock();
  const pause = pauseOf(clock);
  let began = 0;
  let seen = 0;
  @Controller()
  class Plain {
    @UseGuards({
      canActivate: async (): Promise<boolean> => {
        seen += 1;
        await pause.once();
        return true;
      },
    })
    @OnEvent('job.run')
    run(): void {
      began = seen;
    }
  }
  const service = await start(clock, Plain);
  await emit(service.client, 'job.run', {});
  await waitFor('the message to be handled', () => began > 0);
  expect(began).toBe(2);
  await service.close();
});

it.concurrent('a batch of which one lease was lost is handled without that message', async () => {
  const clock = new BriskClock();
  const batches: number[][] = [];
  let given = 0;
  @Controller()
  class Worker {
    @UseGuards({
      canActivate: (): boolean => {
        // The rest of the first message's lease; the second one's is longer.
        if (given++ === 0) clock.stand(HALF_A_LEASE_MS);
        return true;
      },
    })
    @OnBatch('job.run', { lingerMs: 60_000, maxMessages: 2 })
    run(@Payload() jobs: { n: number }[]): void {
      batches.push(jobs.map(({ n }) => n));
    }
  }
  const service = await start(clock, Worker);
  await emit(service.client, 'job.run', { n: 1 });
  await waitFor('the first to be received', () => service.server.health()[0]?.inFlight === 1);
  await clock.pass(HALF_A_LEASE_MS);
  await emit(service.client, 'job.run', { n: 2 });
  await waitFor('the batch to be handled', () => batches.length > 0);
  expect(batches).toEqual([[2]]);
  await service.close();
});

it.concurrent(
  'of ten messages that one receive brought, none begins behind a handler that blocked the loop for longer than their lease',
  async () => {
    const clock = new BriskClock();
    const began: number[] = [];
    @Controller()
    class Blocking {
      @OnEvent('job.run')
      run(@Payload() _job: unknown, @Ctx() { receiveCount }: SnsSqsContext): void {
        if (began.length === 0) clock.stand(2 * LEASE_S * 1000);
        began.push(receiveCount);
      }
    }
    const service = await start(clock, Blocking);
    await Promise.all(Array.from({ length: 10 }, () => emit(service.client, 'job.run', {})));
    await waitFor(
      'all to be handled',
      () => began.filter((receive) => receive === 2).length === 10,
    );
    expect(began.filter((receive) => receive === 1)).toHaveLength(1);
    await service.close();
  },
);

it.concurrent(
  'a request whose lease was lost in its handler is answered by the next consumer, not with an error',
  async () => {
    const clock = new BriskClock();
    @Controller()
    class Asked {
      @OnRequest('job.run')
      run(@Payload() _job: unknown, @Ctx() { receiveCount }: SnsSqsContext): number {
        if (receiveCount > 1) return receiveCount;
        clock.stand(2 * LEASE_S * 1000);
        throw new Error('aborted');
      }
    }
    const service = await start(clock, Asked);
    expect(await firstValueFrom(service.client.send('job.run', {}))).toBe(2);
    await service.close();
  },
);

it.concurrent(
  'a handler whose time-out passed while its guard waited does not begin beside the next attempt',
  async () => {
    const began: number[] = [];
    const { promise: over, resolve: end } = Promise.withResolvers<boolean>();
    const passed: boolean[] = [];
    @Controller()
    class Slow {
      @UseGuards({
        canActivate: async (execution: ExecutionContext): Promise<boolean> => {
          const { receiveCount } = execution.switchToRpc().getContext<SnsSqsContext>();
          return receiveCount > 1 || passed.push(await over) > 0;
        },
      })
      @OnEvent('job.run', { timeoutMs: 500, retry: { baseS: 0, capS: 0 } })
      run(@Payload() _job: unknown, @Ctx() { receiveCount }: SnsSqsContext): void {
        began.push(receiveCount);
      }
    }
    const service = await start(new BriskClock(), Slow);
    await emit(service.client, 'job.run', {});
    await waitFor('the next attempt to begin', () => began.length > 0);
    end(true);
    await waitFor('the first attempt to go on', () => passed.length > 0);
    await service.close();
    expect(began).not.toContain(1);
  },
);

it.concurrent(
  'work whose lease was lost while it was remembered as done is not acknowledged, and its copy does not run',
  async () => {
    const clock = new BriskClock();
    class Slow extends MemoryIdempotencyStore {
      override async commit(
        ...given: Parameters<MemoryIdempotencyStore['commit']>
      ): Promise<boolean> {
        const done = await super.commit(...given);
        clock.stand(2 * LEASE_S * 1000);
        return done;
      }
    }
    let began = 0;
    @Controller()
    class Worker {
      @OnEvent('job.run')
      run(): void {
        began += 1;
      }
    }
    const service = await start(clock, Worker, { store: new Slow() });
    await emit(service.client, 'job.run', {});
    await waitFor('it to be acknowledged', () => service.told.includes('acknowledged'));
    await service.close();
    expect(began).toBe(1);
    expect(service.told).toEqual([
      'handled',
      'lost',
      'answered from the store',
      'handled',
      'acknowledged',
    ]);
  },
);
