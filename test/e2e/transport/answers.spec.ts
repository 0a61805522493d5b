import {
  Catch,
  Controller,
  Injectable,
  Module,
  Scope,
  UseFilters,
  type ExceptionFilter,
} from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import {
  concat,
  firstValueFrom,
  from,
  interval,
  lastValueFrom,
  materialize,
  of,
  Subject,
  take,
  tap,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  OnBatch,
  OnEvent,
  PermanentError,
  RetryableError,
  SnsSqsContext,
  SnsSqsServer,
  type Topology,
} from '../../../src/transport/index.js';
import { Bench } from '../../support/bench.js';
import { emit, startService, unique } from '../../support/transport.js';
import { faults, startTestBroker } from '../../../src/testing/index.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const bench = new Bench();
function orders(queueOptions: object = {}): { topology: Topology; queue: string } {
  const queue = unique('orders');
  const patterns = ['order.*'];
  const topology = defineTopology({
    queues: [{ name: queue, patterns, deadLetter: { maxReceiveCount: 3 }, ...queueOptions }],
    routes: [{ patterns, queue }],
  });
  return { topology, queue };
}

/** A controller with one request handler, of `order.ask`. */
function asked(answer: (this: void) => unknown) {
  @Controller()
  class Asked {
    @MessagePattern<string>('order.ask')
    ask(): unknown {
      return answer();
    }
  }
  return Asked;
}

/** Values and the end of an answer: `error` and what it was, or nothing. */
async function told(answer: Observable<unknown>): Promise<unknown[]> {
  const notes = await lastValueFrom(answer.pipe(materialize(), toArray()));
  return notes.flatMap((note) => {
    if (note.kind === 'N') return [note.value];
    return note.kind === 'E' ? [{ error: note.error as unknown }] : [];
  });
}

const refused = { status: 'error', message: 'no more' };

describe('an answer of several values', () => {
  it.each([
    ['one value', of(1), [1]],
    ['no value', from([]), []],
    ['values and then an error', concat(of(1, 2), fail()), [1, 2, { error: refused }]],
    ['one value and then an error', concat(of(1), fail()), [1, { error: refused }]],
    ['undefined among others', of(1, undefined, 2), [1, undefined, 2]],
    ['null, 0, an empty text and false', of(null, 0, '', false), [null, 0, '', false]],
  ])('reaches the caller as it was emitted: %s', async (_what, values, expected) => {
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [asked(() => values)] });
    expect(await told(service.client.send('order.ask', {}))).toEqual(expected);
  });

  it('brings each value at once, whether or not another follows', async () => {
    const values = new Subject<string>();
    const { topology } = orders();
    const Asked = asked(() => values);
    const service = await bench.start({ topology, controllers: [Asked] });
    const seen: string[] = [];
    const answer = service.client
      .send<string>('order.ask', {})
      .pipe(tap((value) => seen.push(value)));
    const ended = lastValueFrom(answer);
    await waitFor('the answer to be subscribed to', () => values.observed);
    values.next('accepted');
    await waitForCount('notes of handlers', () => seen, 1);
    values.next('done');
    await waitForCount('notes of handlers', () => seen, 2);
    values.complete();
    expect(await ended).toBe('done');
  });

  it('may stay open: a caller takes what it needs', async () => {
    const { topology } = orders();
    const service = await bench.start({
      topology,
      controllers: [asked(() => interval(20).pipe(take(20)))],
    });
    expect(await firstValueFrom(service.client.send('order.ask', {}))).toBe(0);
  });

  it('may take longer than the request’s time-out, which counts from each part', async () => {
    const { topology } = orders();
    async function* slowly(): AsyncGenerator<number> {
      for (let n = 0; n < 5; n += 1) {
        await bench.passes(6000);
        yield n;
      }
    }
    const service = await bench.start({
      topology,
      controllers: [asked(() => from(slowly()))],
      client: { requestTimeoutMs: 20_000 },
    });
    const answer = service.client.send('order.ask', {}).pipe(toArray());
    expect(await lastValueFrom(answer)).toEqual([0, 1, 2, 3, 4]);
  });
});

function fail(): Observable<never> {
  return throwError(() => new RpcException('no more'));
}

/** A controller whose handlers fail under a filter that returns this value. */
function filtering(value: unknown) {
  @Catch()
  class Plain implements ExceptionFilter {
    catch(): unknown {
      return value;
    }
  }
  let runs = 0;
  @Controller()
  class Failing {
    @UseFilters(Plain)
    @MessagePattern<string>('order.ask')
    ask(): never {
      throw new Error('filtered');
    }

    @UseFilters(Plain)
    @EventPattern<string>('order.placed')
    placed(): never {
      runs += 1;
      throw new Error('filtered');
    }
  }
  return { Failing, runs: () => runs };
}

describe('what an exception filter returns', () => {
  it.each([
    ['an object', { ok: false }],
    ['a number', 7],
    ['a text', 'text'],
    ['a list', [1, 2]],
  ])('is the answer of a request as it is: %s', async (_what, value) => {
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [filtering(value).Failing] });
    expect(await told(service.client.send('order.ask', {}))).toEqual([value]);
  });

  it.each([
    ['an object', { ok: false }],
    ['a number', 7],
  ])('has handled the error of an event, which is acknowledged: %s', async (_what, value) => {
    const { topology, queue } = orders();
    const { Failing, runs } = filtering(value);
    const service = await bench.start({ topology, controllers: [Failing] });
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    expect({ runs: runs(), dead: await bench.stack.depth(`${queue}-dlq`) }).toEqual({
      runs: 1,
      dead: { visible: 0, inFlight: 0 },
    });
  });
});

describe('a request that no handler answers', () => {
  it('is answered at once with the reason when no handler takes it, and dead-lettered', async () => {
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [asked(() => 1)] });
    await expect(firstValueFrom(service.client.send('order.unknown', {}))).rejects.toMatchObject({
      code: 'WEFT_REQUEST_FAILED',
      details: { reason: 'WEFT_UNKNOWN_PATTERN' },
      message: expect.stringContaining('order.unknown'),
    });
    await bench.stack.take(`${queue}-dlq`);
  });

  it('is answered at once when its answer is larger than a message', async () => {
    const { topology } = orders();
    const service = await bench.start({
      topology,
      controllers: [asked(() => 'x'.repeat(1100 * 1024))],
    });
    await expect(firstValueFrom(service.client.send('order.ask', {}))).rejects.toMatchObject({
      code: 'WEFT_REQUEST_FAILED',
      details: { reason: 'WEFT_MESSAGE_TOO_LARGE' },
    });
  });

  it('is answered at once when its handler takes batches', async () => {
    @Controller()
    class Batched {
      @OnBatch('order.placed')
      placed(): void {
        /* gives no answers */
      }
    }
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [Batched] });
    await expect(firstValueFrom(service.client.send('order.placed', {}))).rejects.toMatchObject({
      message: expect.stringContaining('batch handler'),
    });
  });

  it('is answered by an event handler’s value, as over Nest’s other transports', async () => {
    @Controller()
    class Counting {
      @EventPattern<string>('order.placed')
      placed(): number {
        return 42;
      }
    }
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [Counting] });
    expect(await firstValueFrom(service.client.send('order.placed', {}))).toBe(42);
  });
});

describe('an application that is wired as Nest documents it', () => {
  it('judges the errors of handlers by their class, with nothing else called', async () => {
    let runs = 0;
    @Controller()
    class Failing {
      @EventPattern<string>('order.placed')
      placed(): never {
        runs += 1;
        throw new PermanentError('never again');
      }
    }
    const { topology, queue } = orders();
    @Module({ controllers: [Failing] })
    class App {}
    const options = { topology, aws: bench.stack.aws, provision: 'create', waitTimeS: 1 } as const;
    const app = await NestFactory.create(App, { logger: false });
    const server = new SnsSqsServer(options);
    const microservice = app.connectMicroservice({ strategy: server });
    const states: unknown[] = [];
    microservice.status.subscribe((state: unknown) => states.push(state));
    await app.startAllMicroservices();
    await bench.stack.put(queue, JSON.stringify({ pattern: 'order.placed', data: {} }));
    const dead = await bench.stack.take(`${queue}-dlq`);
    expect({ runs, reason: dead.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue }).toEqual({
      runs: 1,
      reason: expect.stringContaining('never again'),
    });
    const closed = app.close();
    bench.stack.endLongPolls();
    await closed;
    expect(states).toEqual(['connected', 'disconnected']);
  });

  it('reports by the status of Nest when the broker cannot be reached, and when it can again', async () => {
    const { topology, queue } = orders();
    const broker = await startTestBroker({ embedded: true });
    const proxy = await broker.proxy();
    @Controller()
    class Orders {
      @OnEvent('order.placed')
      placed(): void {
        // Nothing is to be done.
      }
    }
    const way = { aws: proxy.clientOptions() };
    const reached = await startService(broker, {
      topology,
      controllers: [Orders],
      server: way,
      client: { ...way, requestTimeoutMs: 500 },
    });
    const states = { server: [] as unknown[], client: [] as unknown[] };
    reached.server.status.subscribe((state) => states.server.push(state));
    reached.client.status.subscribe((state) => states.client.push(state));
    await emit(reached.client, 'order.placed', {});
    // A delete that is cut off leaves the message in flight until its visibility timeout ends.
    await broker.emptied(queue);
    proxy.use(faults.reset());
    await expect(emit(reached.client, 'order.placed', {})).rejects.toThrow(
      /hang up|ECONNRESET|closed/,
    );
    await waitForCount('states of the server', () => states.server, 2);
    proxy.use();
    await emit(reached.client, 'order.placed', {});
    await waitForCount('states of the server', () => states.server, 3);
    await broker.emptied(queue);
    await reached.close();
    await broker.stop();
    const all = ['connected', 'disconnected', 'connected', 'disconnected'];
    expect(states).toEqual({ server: all, client: all });
  });

  it('dead-letters at once what the constructor of a request-scoped provider finds permanent', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Tenant {
      constructor() {
        throw new PermanentError('the tenant is closed');
      }
    }
    @Controller()
    class Orders {
      constructor(readonly tenant: Tenant) {}
      @OnEvent('order.placed')
      placed(): void {
        /* never made */
      }
    }
    Reflect.defineMetadata('design:paramtypes', [Tenant], Orders);
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Orders], providers: [Tenant] });
    await emit(service.client, 'order.placed', {});
    const dead = await bench.stack.take(`${queue}-dlq`);
    expect(dead.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain('is closed');
  });
});

describe('how long a handler may take, and when its message is redelivered', () => {
  it('a handler that runs into its time-out has its signal aborted, and its message is retried', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Slow {
      @OnEvent('order.placed', { timeoutMs: 400, retry: { baseS: 0, capS: 0 } })
      async placed(@Ctx() context: SnsSqsContext): Promise<void> {
        if (context.receiveCount > 1) return;
        await new Promise<void>((resolve) => {
          context.signal.addEventListener('abort', () => {
            seen.push(context.signal.reason);
            resolve();
          });
        });
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Slow] });
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    expect(seen).toEqual([expect.objectContaining({ code: 'WEFT_HANDLER_TIMEOUT' })]);
  });

  it('the queue’s time-out and back-off hold where a decorator names none', async () => {
    const attempts: number[] = [];
    @Controller()
    class Stuck {
      @OnEvent('order.placed')
      placed(@Ctx() { receiveCount }: SnsSqsContext): Promise<void> {
        attempts.push(receiveCount);
        return receiveCount > 1 ? Promise.resolve() : new Promise(() => undefined);
      }
    }
    const { topology, queue } = orders({ timeoutMs: 300, retry: { baseS: 0, capS: 0 } });
    const service = await bench.start({
      topology,
      controllers: [Stuck],
      server: { retry: { baseS: 300, capS: 300 } },
    });
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    expect(attempts).toEqual([1, 2]);
  });

  it('a RetryableError may say when, whatever the back-off is', async () => {
    const attempts: number[] = [];
    @Controller()
    class Busy {
      @OnEvent('order.placed')
      placed(@Ctx() { receiveCount }: SnsSqsContext): void {
        attempts.push(receiveCount);
        if (receiveCount === 1) throw new RetryableError('busy', { delayMs: 0 });
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({
      topology,
      controllers: [Busy],
      server: { retry: { baseS: 300, capS: 300 } },
    });
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    expect(attempts).toEqual([1, 2]);
  });
});

describe('what a handler is given', () => {
  it('a payload of a class of the platform is left as it is, as Nest’s ValidationPipe does', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Typed {
      @OnEvent('order.date')
      date(@Payload() at: Date): void {
        seen.push(at);
      }
      @OnEvent('order.bigint')
      bigint(@Payload() n: bigint): void {
        seen.push(n);
      }
      @OnEvent('order.map')
      map(@Payload() map: Map<string, number>): void {
        seen.push(map);
      }
      @OnBatch('order.dates', { items: Date })
      dates(@Payload() at: Date[]): void {
        seen.push(...at);
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Typed] });
    for (const [name, data] of [
      ['date', '2026-01-01'],
      ['bigint', 5],
      ['map', { a: 1 }],
      ['dates', '2026-01-02'],
    ] as const)
      await emit(service.client, `order.${name}`, data);
    await bench.stack.emptied(queue);
    expect(seen).toHaveLength(4);
    expect(seen).toEqual(expect.arrayContaining(['2026-01-01', 5, { a: 1 }, '2026-01-02']));
  });

  it('its context has the pattern and the metadata of a dispatch hook as contexts of Nest’s own', async () => {
    const seen: unknown[] = [];
    @Controller()
    class Traced {
      @EventPattern<string>('order.placed')
      placed(@Payload() _order: unknown, @Ctx() context: SnsSqsContext): void {
        seen.push([context.getPattern(), context.getMetadata()['tenant']]);
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Traced] });
    service.client.setOnDispatchHook((packet) => (packet.metadata = { tenant: 'acme' }));
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    expect(seen).toEqual([['order.placed', 'acme']]);
  });
});

it.each(['serializer', 'deserializer', 'headers'])(
  'a server refuses the option %s, which Nest’s own transports have',
  (name) => {
    const { topology } = orders();
    expect(() => new SnsSqsServer({ topology, aws: bench.stack.aws, [name]: {} })).toThrow(
      `${name} is not an option`,
    );
  },
);
