import { Controller, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { EventPattern, Payload, Transport } from '@nestjs/microservices';
import {
  connectSnsSqs,
  defineTopology,
  HandlerName,
  MemoryIdempotencyStore,
  OnBatch,
  OnEvent,
  OnRequest,
  RetryableError,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from '../../../src/transport/index.js';
import { emit, unique } from '../../support/transport.js';
import { Bench } from '../../support/bench.js';
import { waitFor } from '../../support/wait.js';

const bench = new Bench();

function orders(pattern = 'order.*'): { topology: Topology; queue: string } {
  const queue = unique('orders');
  const patterns = [pattern];
  const topology = defineTopology({
    queues: [{ name: queue, patterns }],
    routes: [{ patterns, queue }],
  });
  return { topology, queue };
}

const carrying = (name: string, pattern: string): Topology =>
  defineTopology({ queues: [{ name, patterns: [pattern] }] });

type Method = (this: void) => unknown;

/** A controller whose one method carries the decorator. */
function controller(decorate: MethodDecorator, run: Method = () => undefined) {
  @Controller()
  class Odd {
    @decorate
    on(): unknown {
      return run();
    }
  }
  return Odd;
}

/** As one that keeps its records elsewhere, such as a table. */
class LastingStore extends MemoryIdempotencyStore {
  override readonly inProcess = false;
}

const failureOf = (start: Promise<{ close(): Promise<void> }>): Promise<unknown> =>
  start.then(
    (service) => service.close(),
    (error: unknown) => error,
  );

const unset: string = process.env['WEFT_TEST_NEVER_SET'] as string;

describe('a handler whose pattern no message can have', () => {
  it.each([
    ['@EventPattern of an unset variable', EventPattern<string>(unset)],
    [
      '@EventPattern of a list with an unset variable',
      EventPattern<string>(['order.a', unset] as unknown as string),
    ],
    ['@EventPattern of a symbol', EventPattern<string>(Symbol('order') as unknown as string)],
    ['@EventPattern of a regular expression', EventPattern<string>(/^order/ as unknown as string)],
    ['@OnEvent of an unset variable', OnEvent(unset)],
    ['@OnEvent of a list with an unset variable', OnEvent(['order.a', unset])],
    ['@OnEvent of a text built from one', OnEvent(`${unset}.placed`)],
    ['@OnRequest of an unset variable', OnRequest(unset)],
    ['@OnBatch of an unset variable', OnBatch(unset)],
    ['@EventPattern of a wildcard of NATS', EventPattern<string>('order.>')],
  ])('is refused at start, naming controller and method: %s', async (_what, decorate) => {
    const { topology } = orders('*');
    const failure = await failureOf(bench.start({ topology, controllers: [controller(decorate)] }));
    expect(failure).toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringMatching(/Odd\.on: its pattern /),
    });
  });

  it('is refused by listen() as well, where the application is wired without Weft’s help', async () => {
    @Module({ controllers: [controller(OnEvent(unset))] })
    class App {}
    const { topology } = orders('*');
    const server = new SnsSqsServer({ topology, aws: bench.stack.aws, provision: 'create' });
    const app = await NestFactory.createMicroservice(App, { strategy: server, logger: false });
    await expect(app.listen()).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringContaining('unset variable'),
    });
    await app.close();
  });

  it.each(['fallback', 'patterns', 'routes', 'name'])(
    'a topology whose %s is an unset variable is refused, naming it',
    (part) => {
      const queue = { name: 'orders', patterns: ['order.*'] };
      const declared = {
        fallback: { queues: [{ ...queue, fallback: unset }] },
        patterns: { queues: [{ ...queue, patterns: ['order.*', unset] }] },
        routes: { queues: [queue], routes: [{ patterns: [unset], queue: 'orders' }] },
        name: { queues: [{ ...queue, name: `orders-${unset}` }] },
      }[part];
      expect(() => defineTopology(declared ?? {})).toThrow(/unset variable/);
    },
  );

  it.each(['payloadBucket', 'replyQueue'])(
    'a client whose %s is an unset variable is refused, naming the option',
    (option) => {
      const { topology } = orders();
      expect(() => new SnsSqsClient({ topology, aws: bench.stack.aws, [option]: unset })).toThrow(
        `${option} is undefined`,
      );
    },
  );

  it.each(['payloadBucket', 'consume'])(
    'a server whose %s is an unset variable is refused, naming the option',
    (option) => {
      const { topology } = orders();
      expect(() => new SnsSqsServer({ topology, aws: bench.stack.aws, [option]: unset })).toThrow(
        `${option} is undefined`,
      );
    },
  );
});

describe('a handler whose pattern ends in a *', () => {
  it('takes each event that fits, beside the handler of the exact pattern', async () => {
    const seen: string[] = [];
    const { topology, queue } = orders();
    const service = await bench.start({
      topology,
      controllers: [
        controller(EventPattern<string>('order.*'), () => seen.push('any')),
        controller(EventPattern<string>('order.placed'), () => seen.push('placed')),
      ],
    });
    await emit(service.client, 'order.placed', {});
    await emit(service.client, 'order.paid', {});
    await bench.stack.emptied(queue);
    expect(seen.toSorted()).toEqual(['any', 'any', 'placed']);
    expect(await bench.stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
    await service.close();
  });
});

describe('a handler that Nest never calls', () => {
  it('is a warning naming it when it stands in a provider', async () => {
    @Injectable()
    class Lost {
      @OnEvent('order.placed')
      on(): void {
        /* providers are not looked at */
      }
    }
    const warnings: string[] = [];
    const { topology } = orders();
    const service = await bench.start({
      topology,
      controllers: [controller(OnEvent('order.placed'))],
      providers: [Lost],
      configure: (app) =>
        app.useLogger({
          log: () => undefined,
          error: () => undefined,
          warn: (text: string) => void warnings.push(text),
        }),
    });
    await service.close();
    expect(warnings).toEqual([expect.stringMatching(/^Lost\.on is a handler of a provider/)]);
  });

  it('is refused when it names this transport and every server has an id of its own', async () => {
    const { topology } = orders();
    const failure = await failureOf(
      bench.start({
        topology,
        controllers: [controller(OnEvent('order.placed'))],
        server: { transportId: Symbol('eu') },
      }),
    );
    expect(failure).toMatchObject({
      message: expect.stringMatching(/Odd\.on: no server takes it/),
    });
  });
});

describe('what an idempotency store knows a handler by', () => {
  it('is its controller, also for a handler that is inherited, whatever the order of the controllers', async () => {
    const runs: string[] = [];
    let isDown = true;
    abstract class OnOrder {
      abstract act(): void;
      @EventPattern<string>('order.placed')
      handle(): void {
        this.act();
      }
    }
    @Controller()
    class Mail extends OnOrder {
      act(): void {
        runs.push('mail');
      }
    }
    @Controller()
    class Stock extends OnOrder {
      act(): void {
        if (isDown) throw new RetryableError('the stock is down');
        runs.push('stock');
      }
    }
    const { topology, queue } = orders();
    const store = new MemoryIdempotencyStore();
    const server = { idempotency: { store } };
    const first = await bench.start({ topology, controllers: [Mail, Stock], server });
    await emit(first.client, 'order.placed', {});
    await waitFor('runs', () => runs, { until: ({ length }) => length > 0 });
    await first.close();
    isDown = false;
    const second = await bench.start({ topology, controllers: [Stock, Mail], server });
    await bench.stack.emptied(queue);
    await second.close();
    expect(runs).toEqual(['mail', 'stock']);
  });

  it.each([
    ['on its controller', HandlerName('billing'), undefined, 'billing.on'],
    ['on its method', undefined, 'billing.place', 'billing.place'],
    ['on both', HandlerName('billing'), 'place', 'billing.place'],
  ])('is what @HandlerName says %s', async (_where, onClass, name, expected) => {
    const keys: string[] = [];
    const { topology, queue } = orders();
    const Named = controller(OnEvent('order.placed', name === undefined ? {} : { name }));
    onClass?.(Named);
    const identify = ({ handler }: { handler: string }): undefined => void keys.push(handler);
    const idempotency = { store: new MemoryIdempotencyStore(), identify };
    const service = await bench.start({
      topology,
      controllers: [Named],
      server: { idempotency },
    });
    await emit(service.client, 'order.placed', {});
    await bench.stack.emptied(queue);
    await service.close();
    expect(keys).toEqual([expected]);
  });

  it('may be a minified one where the store ends with the process, as no other build reads it', async () => {
    const { topology, queue } = orders();
    const handled: unknown[] = [];
    @Controller()
    class C {
      @OnEvent('order.placed')
      placed(@Payload() data: unknown): void {
        handled.push(data);
      }
    }
    const server = { idempotency: { store: new MemoryIdempotencyStore() } };
    const service = await bench.start({ topology, controllers: [C], server });
    await emit(service.client, 'order.placed', { n: 1 });
    await bench.stack.emptied(queue);
    await service.close();
    expect(handled).toEqual([{ n: 1 }]);
  });

  it.each([
    [
      'two controllers of one name',
      [controller(OnEvent('order.placed')), controller(OnEvent('order.placed'))],
      /handlers Odd\.on and Odd\.on are both called "Odd\.on".*@HandlerName/,
    ],
    [
      'two methods of one given name',
      [
        controller(OnEvent('order.placed', { name: 'place' })),
        controller(OnEvent('order.paid', { name: 'place' })),
      ],
      /are both called "place"/,
    ],
    [
      'a class whose name a minified build gave',
      [Object.defineProperty(controller(OnEvent('order.placed')), 'name', { value: 'e' })],
      /its class is called "e", as a minified build/,
    ],
  ])('must be its own: %s are refused at start', async (_what, controllers, reason) => {
    const { topology } = orders();
    const idempotency = { store: new LastingStore() };
    const options = { topology, controllers };
    expect(await failureOf(bench.start(options))).toBeUndefined();
    const failure = await failureOf(bench.start({ ...options, server: { idempotency } }));
    expect(failure).toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringMatching(reason),
    });
  });
});

describe('several servers in one application', () => {
  it('each take the handlers that their queues carry, and those that name them', async () => {
    const seen: Record<string, unknown> = {};
    const [eu, us] = [Symbol('eu'), Symbol('us')];
    @Controller()
    class Both {
      @EventPattern<string>('a.x')
      a(@Payload() data: unknown): void {
        seen['a'] = data;
      }
      @OnEvent('shared', { transport: us })
      shared(@Payload() data: unknown): void {
        seen['us'] = data;
      }
    }
    @Module({ controllers: [Both] })
    class App {}
    const [first, second] = [unique('as'), unique('bs')];
    const common = {
      ...bench.time,
      aws: bench.stack.aws,
      provision: 'create',
      waitTimeS: 1,
    } as const;
    const servers = [
      new SnsSqsServer({ ...common, topology: carrying(first, 'a.*'), transportId: eu }),
      new SnsSqsServer({ ...common, topology: carrying(second, 'shared'), transportId: us }),
    ];
    const app = await NestFactory.create(App, { logger: false });
    for (const server of servers) connectSnsSqs(app, server);
    await app.init();
    await app.startAllMicroservices();
    await bench.stack.put(first, JSON.stringify({ pattern: 'a.x', data: 1 }));
    await bench.stack.put(second, JSON.stringify({ pattern: 'shared', data: 2 }));
    await waitFor('both messages to be handled', () => 'a' in seen && 'us' in seen);
    const closed = app.close();
    bench.stack.endLongPolls();
    await closed;
    expect(seen).toEqual({ a: 1, us: 2 });
  });

  it('another transport beside it is left the handlers that no queue carries', async () => {
    @Controller()
    class Mixed {
      @EventPattern<string>('order.placed')
      placed(): void {
        /* a queue carries it */
      }
      @EventPattern<string>('math.done')
      done(): void {
        /* TCP's */
      }
    }
    @Module({ controllers: [Mixed] })
    class App {}
    const { topology } = orders();
    const app = await NestFactory.create(App, { logger: false });
    app.connectMicroservice({ transport: Transport.TCP, options: { port: 0 } });
    const options = {
      ...bench.time,
      topology,
      aws: bench.stack.aws,
      provision: 'create',
      waitTimeS: 1,
    } as const;
    const server = new SnsSqsServer(options);
    connectSnsSqs(app, server);
    await app.init();
    await app.startAllMicroservices();
    expect(server.health().map(({ state }) => state)).toEqual(['running']);
    const closed = app.close();
    bench.stack.endLongPolls();
    await closed;
  });
});
