import { Controller, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { firstValueFrom } from 'rxjs';
import {
  connectSnsSqs,
  defineTopology,
  MemoryIdempotencyStore,
  OnEvent,
  OnRequest,
  SnsSqsClient,
  SnsSqsHealth,
  SnsSqsModule,
  type SnsSqsModuleOptions,
} from '../../../src/transport/index.js';
import { emit, unique } from '../../support/transport.js';
import { Bench } from '../../support/bench.js';
import { waitForCount } from '../../support/wait.js';

const bench = new Bench();

@Controller()
class Jobs {
  @OnRequest('job.sum')
  sum(numbers: number[]): number {
    return numbers.length;
  }
}

function options(more: Partial<SnsSqsModuleOptions> = {}): SnsSqsModuleOptions {
  const queue = unique('jobs');
  const patterns = ['job.*'];
  const topology = defineTopology({
    queues: [{ name: queue, patterns }],
    routes: [{ patterns, queue }],
  });
  return {
    topology,
    aws: bench.stack.clientOptions(),
    provision: 'create',
    ...more,
    server: { ...bench.time, waitTimeS: 1, ...more.server },
  };
}

function appOf(settings: SnsSqsModuleOptions, providers: (new () => object)[] = []) {
  @Module({ imports: [SnsSqsModule.forRoot(settings)], controllers: [Jobs], providers })
  class App {}
  return App;
}

const create = (module: new () => object) =>
  NestFactory.create(module, { logger: false, abortOnError: false });

describe('SnsSqsModule', () => {
  it('brings server, client, health and drain in one import, and connectSnsSqs(app) is the one line beside it', async () => {
    const app = await create(appOf(options()));
    connectSnsSqs(app);
    await app.init();
    const health = app.get(SnsSqsHealth);
    expect(health.check()).toEqual({ status: 'down', queues: [] });
    await app.startAllMicroservices();
    expect(await firstValueFrom(app.get(SnsSqsClient).send('job.sum', [1, 2]))).toBe(2);
    expect(health.check()).toMatchObject({ status: 'up', queues: [{ state: 'running' }] });
    await app.close();
  });

  it('takes options that other providers give, also of a server that itself needs the client', async () => {
    const sent: string[] = [];
    @Injectable()
    class Repeats {
      constructor(readonly client: SnsSqsClient) {}
      note(): void {
        sent.push(this.client.constructor.name);
      }
    }
    Reflect.defineMetadata('design:paramtypes', [SnsSqsClient], Repeats);
    @Module({ providers: [Repeats], exports: [Repeats] })
    class RepeatsModule {}
    const base = options();
    @Module({
      imports: [
        SnsSqsModule.forRootAsync({
          imports: [RepeatsModule],
          useFactory: () => Promise.resolve(base),
          server: {
            inject: [Repeats],
            useFactory: (repeats: Repeats) => ({
              idempotency: {
                store: new MemoryIdempotencyStore(),
                onRepeated: () => repeats.note(),
              },
            }),
          },
        }),
      ],
      controllers: [Jobs],
    })
    class App {}
    const app = await create(App);
    connectSnsSqs(app);
    await app.init();
    await app.startAllMicroservices();
    const queue = base.topology.queues[0]?.name ?? '';
    const body = JSON.stringify({ id: 'job-1', pattern: 'job.sum', data: [1] });
    await bench.stack.put(queue, body);
    await bench.stack.put(queue, body);
    await waitForCount('notes of repeats', () => sent, 1);
    expect(sent).toEqual(['SnsSqsClient']);
    await app.close();
  });

  it('lets handlers end before any provider they use is destroyed, wherever it is provided', async () => {
    const events: string[] = [];
    const held = Promise.withResolvers<void>();
    @Injectable()
    class Database implements OnModuleDestroy {
      onModuleDestroy(): void {
        events.push('database destroyed');
      }
    }
    @Controller()
    class Slow {
      @OnEvent('job.slow')
      async slow(): Promise<void> {
        events.push('handler started');
        await held.promise;
        events.push('handler ended');
      }
    }
    @Module({
      imports: [SnsSqsModule.forRoot(options())],
      controllers: [Slow],
      providers: [Database],
    })
    class App {}
    const app = await create(App);
    connectSnsSqs(app);
    await app.init();
    await app.startAllMicroservices();
    await emit(app.get(SnsSqsClient), 'job.slow', {});
    await waitForCount('notes of what happened', () => events, 1);
    const closed = app.close();
    held.resolve();
    await closed;
    expect(events).toEqual(['handler started', 'handler ended', 'database destroyed']);
  });

  it('fails the start of an application that has handlers and was not connected, and names them', async () => {
    const app = await create(appOf(options()));
    await expect(app.init()).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringMatching(/Jobs\.sum.*Call connectSnsSqs\(app\)/),
    });
    await app.close().catch(() => undefined);
  });

  it.each([
    ['consumes nothing', options, { consume: [] as string[] }],
    ['has no handlers', options, {}],
  ])('starts unconnected where the process %s', async (what, make, server) => {
    const settings = make({ server });
    @Module({
      imports: [SnsSqsModule.forRoot(settings)],
      controllers: what === 'has no handlers' ? [] : [Jobs],
    })
    class App {}
    const app = await create(App);
    await app.init();
    await app.close();
    expect(app.get(SnsSqsHealth).check()).toEqual({ status: 'up', queues: [] });
  });

  it('is a context for scripts without being connected', async () => {
    const context = await NestFactory.createApplicationContext(appOf(options()), { logger: false });
    expect(context.get(SnsSqsClient)).toBeInstanceOf(SnsSqsClient);
    await context.close();
  });

  it.each([
    ['that it does not know', { headers: {} }, 'headers is not an option: the options are'],
    ['of the server alone', { concurrency: 5 }, 'it belongs in server: { concurrency }'],
    ['of the client alone', { lingerMs: 5 }, 'it belongs in client: { lingerMs }'],
    ['for the server that are none', { server: 5 }, 'server is number, must be an object'],
    ['that are misspelt for the server', { server: { concurency: 5 } }, 'concurency is not'],
    ['that are misspelt for the client', { client: { timeout: 5 } }, 'timeout is not an option'],
    [
      'that are missing',
      { topology: undefined, aws: undefined },
      /topology is missing.*\n.*aws is/,
    ],
    ['whose region is not set', { aws: { region: undefined } }, 'aws.region is undefined: give'],
    ['that are misspelt for AWS', { aws: { regoin: 'x' } }, 'aws.regoin is not an option'],
    ['whose topology was not defined', { topology: { queues: [] } }, 'is not what defineTopology'],
    ['with no such way to provision', { provision: 'make' }, "'make', must be 'create', 'verify'"],
  ])('refuses options %s, by name', async (_what, wrong, why) => {
    const settings = { ...options(), ...wrong } as unknown as SnsSqsModuleOptions;
    const made = create(appOf(settings));
    await expect(made).rejects.toMatchObject({ code: 'WEFT_INVALID_OPTIONS' });
    await expect(made).rejects.toThrow(why);
  });

  it('says what to import where it is imported without options', async () => {
    @Module({ imports: [SnsSqsModule] })
    class App {}
    await expect(create(App)).rejects.toThrow(
      'SnsSqsModule is imported without options. Import SnsSqsModule.forRoot({ topology, aws })',
    );
  });

  it('is refused a second time, as one of two clients would be injected at random', async () => {
    @Module({ imports: [SnsSqsModule.forRoot(options()), SnsSqsModule.forRoot(options())] })
    class App {}
    await expect(create(App)).rejects.toThrow('SnsSqsModule is imported 2 times');
  });

  it.each([
    ['no options', undefined, 'has no options. Give { inject, useFactory }'],
    ['no factory', {}, 'useFactory is undefined, must be a function'],
    ['a misspelt factory', { useFactroy: options }, 'useFactroy is not an option'],
    ['a class', { useClass: Jobs }, 'useClass is not an option: give useFactory'],
    [
      'options as its server',
      { useFactory: options, server: { waitTimeS: 1 } },
      'server.useFactory',
    ],
  ])('is refused %s by forRootAsync at once', (_what, wrong, why) => {
    expect(() => SnsSqsModule.forRootAsync(wrong as never)).toThrow(why);
  });

  it('says by its name what a factory did not return', async () => {
    @Module({ imports: [SnsSqsModule.forRootAsync({ useFactory: () => undefined as never })] })
    class App {}
    await expect(create(App)).rejects.toThrow('SnsSqsModule has no options. Give { topology');
  });
});

it('connectSnsSqs(app) says what to do where the application has no server', async () => {
  @Module({ controllers: [Jobs] })
  class App {}
  const app = await create(App);
  expect(() => connectSnsSqs(app)).toThrow(/import SnsSqsModule\.forRoot/);
  await app.close();
});
