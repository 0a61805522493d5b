import { Controller, Inject, Injectable, Module, type OnModuleDestroy } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { ClientsModule, EventPattern, MessagePattern } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom, type Observable } from 'rxjs';
import {
  connectSnsSqs,
  defineTopology,
  drainOnShutdown,
  OnEvent,
  OnRequest,
  prepareSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from '../../../src/transport/index.js';
import { emit, unique } from '../../support/transport.js';
import { Bench } from '../../support/bench.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const bench = new Bench();

const jobs = (queue = unique('jobs')): Topology =>
  defineTopology({
    queues: [{ name: queue, patterns: ['job.*'] }],
    routes: [{ patterns: ['job.*'], queue }],
  });

@Controller()
class First {
  @MessagePattern('job.sum')
  sum(numbers: number[]): number {
    return numbers.length;
  }
}

@Controller()
class Second {
  @OnRequest('job.sum')
  alsoSum(): number {
    return 0;
  }
}

@Controller()
class Listener {
  @EventPattern<string>('job.sum')
  heard(): void {
    /* a second claim on a request's pattern */
  }
}

@Controller()
class Stray {
  @OnEvent('invoice.sent')
  sent(): void {
    /* no queue carries it */
  }
}

describe('at start', () => {
  it.each([
    ['two request handlers', [First, Second], ['First.sum', 'Second.alsoSum']],
    ['a request and an event handler', [First, Listener], ['First.sum', 'Listener.heard']],
  ])(
    '%s on one pattern are refused, naming pattern and handlers',
    async (_what, controllers, names) => {
      const failure = await bench
        .start({ topology: jobs(), controllers })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({
        code: 'WEFT_TOPOLOGY',
        message: expect.stringContaining('"job.sum"'),
      });
      for (const name of names) expect((failure as Error).message).toContain(name);
    },
  );

  it('a hybrid application’s providers are initialised once', async () => {
    const calls: string[] = [];
    @Injectable()
    class Noted {
      onModuleInit(): void {
        calls.push('init');
      }
      onApplicationBootstrap(): void {
        calls.push('bootstrap');
      }
    }
    const service = await bench.start({
      topology: jobs(),
      controllers: [First],
      providers: [Noted],
    });
    await service.close();
    expect(calls).toEqual(['init', 'bootstrap']);
  });

  it('a handler whose pattern no queue carries is refused, naming handler, pattern and queues', async () => {
    const queue = unique('jobs');
    const failure = bench.start({ topology: jobs(queue), controllers: [First, Stray] });
    await expect(failure).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
      message: expect.stringMatching(
        new RegExp(`"invoice.sent" \\(Stray.sent\\): no queue carries it; queues: ${queue}`),
      ),
    });
  });

  it('a queue without a handler is a warning that names the queue', async () => {
    const warnings: string[] = [];
    const queue = unique('idle');
    const service = await bench.start({
      topology: jobs(queue),
      configure: (app) =>
        app.useLogger({
          log: () => undefined,
          error: () => undefined,
          warn: (text: string) => void warnings.push(text),
        }),
    });
    await service.close();
    expect(warnings).toEqual([
      `Queue ${queue} carries job.*, but no handler takes any of it: it is not received from`,
    ]);
  });
});

describe('the ways into Nest', () => {
  it('createMicroservice runs on the strategy, and ClientsModule injects the client', async () => {
    const topology = jobs();
    const options = { topology, aws: bench.stack.clientOptions(), provision: 'create' } as const;

    @Injectable()
    class Asker {
      constructor(@Inject('JOBS') private readonly client: SnsSqsClient) {}

      ask(): Observable<number> {
        return this.client.send<number>('job.sum', [1, 2, 3]);
      }
    }
    @Module({
      imports: [ClientsModule.register([{ name: 'JOBS', customClass: SnsSqsClient, options }])],
      controllers: [First],
      providers: [Asker],
    })
    class AppModule {}

    const server = new SnsSqsServer({ ...options, ...bench.time, waitTimeS: 1 });
    const microservice = await NestFactory.createMicroservice(AppModule, {
      strategy: server,
      logger: false,
    });
    prepareSnsSqs(microservice, microservice, server);
    await microservice.listen();
    expect(await firstValueFrom(microservice.get(Asker).ask())).toBe(3);
    await microservice.close();
  });

  it('a hybrid application that closes lets handlers end before what they use is destroyed', async () => {
    const events: string[] = [];
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
        await waitFor('the application to close', () => closing);
        events.push('handler ended');
      }
    }
    let closing = false;
    const topology = jobs();
    const options = { topology, aws: bench.stack.aws, provision: 'create' } as const;
    const server = new SnsSqsServer({ ...options, ...bench.time, waitTimeS: 1 });

    @Module({ controllers: [Slow], providers: [Database] })
    class Feature {}
    @Module({
      imports: [Feature],
      providers: [{ provide: SnsSqsServer, useValue: server }, drainOnShutdown(SnsSqsServer)],
    })
    class AppModule {}

    const app = await NestFactory.create(AppModule, { logger: false });
    connectSnsSqs(app, server);
    await app.init();
    await app.startAllMicroservices();
    const client = new SnsSqsClient(options);
    await emit(client, 'job.slow', {});
    await waitForCount('notes of what happened', () => events, 1);
    const closed = app.close();
    closing = true;
    await closed;
    await client.close();
    expect(events).toEqual(['handler started', 'handler ended', 'database destroyed']);
  });

  it('a client whose topology was not there connects once it is', async () => {
    const topology = jobs();
    const client = new SnsSqsClient({ topology, aws: bench.stack.aws, provision: 'off' });
    await expect(lastValueFrom(client.emit('job.sum', {}))).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
    });
    const service = await bench.start({ topology, controllers: [First] });
    expect(await firstValueFrom(client.send('job.sum', [1]))).toBe(1);
    await client.close();
    await service.close();
  });
});
