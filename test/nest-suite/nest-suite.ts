import {
  BadRequestException,
  Catch,
  Controller,
  Inject,
  Injectable,
  Module,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  ValidationPipe,
  type CanActivate,
  type ExceptionFilter,
  type NestInterceptor,
  type OnModuleInit,
  type PipeTransform,
} from '@nestjs/common';
import { NestFactory, REQUEST } from '@nestjs/core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  ClientsModule,
  Ctx,
  EventPattern,
  MessagePattern,
  Payload,
  RpcException,
  type ClientProxy,
  type RequestContext,
} from '@nestjs/microservices';
import { IsInt } from 'class-validator';
import {
  EMPTY,
  firstValueFrom,
  from,
  lastValueFrom,
  map,
  of,
  scan,
  throwError,
  toArray,
  type Observable,
} from 'rxjs';
import { waitForCount } from '../support/wait.js';
import type { Parts, Started, Wiring } from './wirings.js';

// The cases of Nest's own integration suite for microservices, told anew for a transport that Nest does not know:
// https://github.com/nestjs/nest/tree/master/integration/microservices

const NUMBERS = [1, 2, 3, 4, 5];
const total = (numbers: readonly number[]): number => numbers.reduce((sum, n) => sum + n, 0);

class Order {
  @IsInt()
  id!: number;
}

const notes: unknown[] = [];

@Controller()
class Sums {
  @MessagePattern<string>('math.sum')
  sum(@Payload() data: number[]): number {
    return total(data);
  }
  @MessagePattern<string>('async.sum')
  async later(@Payload() data: number[]): Promise<number> {
    await Promise.resolve();
    return total(data);
  }
  @MessagePattern<string>('stream.sum')
  stream(@Payload() data: number[]): Observable<number> {
    return of(total(data));
  }
  @MessagePattern<string>('streaming.sum')
  streaming(@Payload() data: number[]): Observable<number> {
    return from(data);
  }
  @MessagePattern({ cmd: 'sum', v: 2 })
  byObject(@Payload() data: number[]): number {
    return total(data);
  }
  @MessagePattern(['sum.one', 'sum.two'])
  byTwo(@Payload() data: number[]): number {
    return total(data);
  }
  @MessagePattern<string>('sum.field')
  field(@Payload('numbers') data: number[]): number {
    return total(data);
  }
  @MessagePattern<string>('nothing.empty')
  empty(): Observable<never> {
    return EMPTY;
  }
  @MessagePattern<string>('nothing.undefined')
  nothing(): void {
    notes.push('nothing');
  }
  @MessagePattern<string>('exception')
  exception(): Observable<never> {
    return throwError(() => new RpcException('test'));
  }
  @MessagePattern<string>('exception.thrown')
  thrown(): never {
    throw new RpcException({ status: 'error', message: 'thrown', code: 7 });
  }
  @MessagePattern<string>('exception.secret')
  secret(): never {
    throw new Error('a secret of the house');
  }
  @MessagePattern<string>('context')
  context(@Ctx() context: { getPattern(): string; getMetadata(): unknown }): unknown {
    return { pattern: context.getPattern(), metadata: context.getMetadata() };
  }
}

@Controller()
class Listeners {
  @EventPattern<string>('notification')
  one(@Payload() data: unknown): void {
    notes.push(['one', data]);
  }
  @EventPattern<string>('notification')
  two(@Payload() data: unknown): void {
    notes.push(['two', data]);
  }
}

const ask = (client: ClientProxy, pattern: unknown, data: unknown): Promise<unknown> =>
  firstValueFrom(client.send<unknown>(pattern, data), { defaultValue: 'no value' });

/** One of each that stands around a handler, and the order in which they were called. */
const spies = () => {
  const called: string[] = [];
  const guard: CanActivate = {
    canActivate: () => {
      called.push('guard');
      return true;
    },
  };
  const interceptor: NestInterceptor = {
    intercept: (_context, next) => {
      called.push('interceptor');
      return next.handle().pipe(map((value: unknown) => value));
    },
  };
  const pipe: PipeTransform = {
    transform: (value: unknown) => {
      called.push('pipe');
      return value;
    },
  };
  @Catch()
  class Filter implements ExceptionFilter {
    catch(): Observable<string> {
      called.push('filter');
      return of('filtered');
    }
  }
  return { called, guard, interceptor, pipe, filter: new Filter() };
};

/** Tells the suite over one transport. */
export function nestSuite(wiring: Wiring): void {
  describe(`Nest’s suite over ${wiring.name}`, () => {
    let running: Started[] = [];
    beforeAll(() => wiring.open());
    afterEach(async () => {
      for (const one of running) await one.close();
      running = [];
      notes.length = 0;
    });
    afterAll(() => wiring.close());

    const start = async (parts: Parts): Promise<Started> => {
      const one = await wiring.start(parts);
      running.push(one);
      return one;
    };
    describe('requests', () => {
      let client: ClientProxy;
      let shared: Started;
      beforeAll(async () => {
        shared = await wiring.start({ controllers: [Sums] });
        ({ client } = shared);
      });
      afterAll(() => shared.close());

      it.each(['math.sum', 'async.sum', 'stream.sum', 'sum.one', 'sum.two'])(
        '%s is answered with the sum',
        async (pattern) => {
          expect(await ask(client, pattern, NUMBERS)).toBe(15);
        },
      );

      it('a stream is received value by value', async () => {
        const sums = client.send<number>('streaming.sum', NUMBERS).pipe(
          scan((sum, n) => sum + n),
          toArray(),
        );
        expect(await lastValueFrom(sums)).toEqual([1, 3, 6, 10, 15]);
      });

      it('ten at once are each answered with their own sum', async () => {
        const lists = Array.from({ length: 10 }, (_, n) => [n * 10, n * 10 + 1]);
        const sums = await Promise.all(lists.map((list) => ask(client, 'math.sum', list)));
        expect(sums).toEqual(lists.map(total));
      });

      it('an object is found as a pattern whatever the order of its keys', async () => {
        expect(await ask(client, { v: 2, cmd: 'sum' }, NUMBERS)).toBe(15);
      });

      it('a handler may take one field of the payload', async () => {
        expect(await ask(client, 'sum.field', { numbers: NUMBERS })).toBe(15);
      });

      it.each(['nothing.empty', 'nothing.undefined'])(
        '%s completes without a value',
        async (pattern) => {
          expect(await ask(client, pattern, {})).toBe('no value');
        },
      );

      it.each([
        ['exception', { status: 'error', message: 'test' }],
        ['exception.thrown', { status: 'error', message: 'thrown', code: 7 }],
        ['exception.secret', { status: 'error', message: 'Internal server error' }],
      ])('the error of %s reaches the caller as Nest gives it', async (pattern, error) => {
        await expect(ask(client, pattern, {})).rejects.toEqual(error);
      });

      it('a pattern that no handler takes is an error at once', async () => {
        await expect(ask(client, 'never.heard.of', {})).rejects.toBeDefined();
      });

      it('a payload that is null is refused by the client', async () => {
        await expect(ask(client, 'math.sum', null)).rejects.toBeInstanceOf(Error);
      });

      const itWithMetadata = wiring.hasMetadata ? it : it.skip;
      itWithMetadata(
        'the context has the pattern, and the metadata of a dispatch hook',
        async () => {
          const one = await start({ controllers: [Sums] });
          one.client.setOnDispatchHook((packet) => (packet.metadata = { tenant: 'acme' }));
          expect(await ask(one.client, 'context', {})).toEqual({
            pattern: 'context',
            metadata: expect.objectContaining({ tenant: 'acme' }),
          });
        },
      );
    });

    it('an event reaches every handler of its pattern', async () => {
      const { client } = await start({ controllers: [Listeners] });
      await lastValueFrom(client.emit('notification', NUMBERS), { defaultValue: undefined });
      await waitForCount('notes', () => notes, 2);
      expect(notes).toEqual(
        expect.arrayContaining([
          ['one', NUMBERS],
          ['two', NUMBERS],
        ]),
      );
    });

    describe('what stands around a handler', () => {
      it('applies when it is global to the microservice', async () => {
        const { called, guard, interceptor, pipe, filter } = spies();
        const { client } = await start({
          controllers: [Sums],
          equip: (microservice) =>
            microservice
              .useGlobalGuards(guard)
              .useGlobalInterceptors(interceptor)
              .useGlobalPipes(pipe)
              .useGlobalFilters(filter),
        });
        expect(await ask(client, 'math.sum', NUMBERS)).toBe(15);
        expect(await ask(client, 'exception.thrown', {})).toBe('filtered');
        expect(called.slice(0, 3)).toEqual(['guard', 'interceptor', 'pipe']);
        expect(called.at(-1)).toBe('filter');
      });

      it.each([true, false])(
        'of the application applies to messages when it is inherited (%s)',
        async (inheritAppConfig) => {
          const { called, guard } = spies();
          const { client } = await start({
            controllers: [Sums],
            inheritAppConfig,
            configure: (app) => void app.useGlobalGuards(guard),
          });
          expect(await ask(client, 'math.sum', NUMBERS)).toBe(15);
          expect(called).toEqual(inheritAppConfig ? ['guard'] : []);
        },
      );

      it('applies where it is bound to a handler, a guard’s refusal being an error', async () => {
        const { called, interceptor, filter } = spies();
        const denied: CanActivate = { canActivate: () => false };
        @Controller()
        class Bound {
          @UseGuards(denied)
          @MessagePattern<string>('bound.guarded')
          guarded(): void {
            called.push('never');
          }
          @UseInterceptors(interceptor)
          @UseFilters(filter)
          @MessagePattern<string>('bound.filtered')
          filtered(): never {
            throw new Error('filtered');
          }
        }
        const { client } = await start({ controllers: [Bound] });
        await expect(ask(client, 'bound.guarded', {})).rejects.toEqual({
          status: 'error',
          message: 'Forbidden resource',
        });
        expect(await ask(client, 'bound.filtered', {})).toBe('filtered');
        expect(called).toEqual(['interceptor', 'filter']);
      });

      it('Nest’s ValidationPipe checks payloads by their class, with the exception it is given', async () => {
        @Controller()
        class Orders {
          @MessagePattern<string>('order.place')
          place(@Payload() order: Order): number {
            return order.id;
          }
        }
        const pipe = new ValidationPipe({
          exceptionFactory: () => new RpcException({ status: 'error', message: 'invalid' }),
        });
        const { client } = await start({
          controllers: [Orders],
          equip: (microservice) => microservice.useGlobalPipes(pipe),
        });
        expect(await ask(client, 'order.place', { id: 7 })).toBe(7);
        await expect(ask(client, 'order.place', { id: 'x' })).rejects.toEqual({
          status: 'error',
          message: 'invalid',
        });
      });

      it('an HTTP exception is an internal error to a caller', async () => {
        @Controller()
        class Http {
          @MessagePattern<string>('http.exception')
          exception(): never {
            throw new BadRequestException('of HTTP');
          }
        }
        const { client } = await start({ controllers: [Http] });
        await expect(ask(client, 'http.exception', {})).rejects.toMatchObject({ status: 'error' });
      });
    });

    it('request-scoped providers are given the request they are made for', async () => {
      @Injectable({ scope: Scope.REQUEST })
      class Current {
        constructor(@Inject(REQUEST) readonly request: RequestContext<{ n: number }>) {}
      }
      @Controller()
      class Scoped {
        constructor(readonly current: Current) {}
        @MessagePattern<string>('scoped')
        scoped(): unknown {
          const { request } = this.current;
          return { pattern: request.getPattern(), data: request.getData() };
        }
      }
      Reflect.defineMetadata('design:paramtypes', [Current], Scoped);
      const { client } = await start({ controllers: [Scoped], providers: [Current] });
      expect(await ask(client, 'scoped', { n: 1 })).toEqual({ pattern: 'scoped', data: { n: 1 } });
      expect(await ask(client, 'scoped', { n: 2 })).toEqual({ pattern: 'scoped', data: { n: 2 } });
    });

    it('life-cycle hooks of a hybrid application run once, and its signal listeners go with it', async () => {
      let inits = 0;
      @Injectable()
      class Counted implements OnModuleInit {
        onModuleInit(): void {
          inits += 1;
        }
      }
      const before = process.listenerCount('SIGTERM');
      const one = await wiring.start({
        controllers: [Sums],
        providers: [Counted],
        equip: (microservice) => void microservice.enableShutdownHooks(['SIGTERM']),
      });
      expect(process.listenerCount('SIGTERM')).toBe(before + 1);
      await one.close();
      expect(process.listenerCount('SIGTERM')).toBe(before);
      // Nest itself runs them again where its own transports are connected with a deferred initialization.
      expect(inits).toBe(wiring.isNests ? 2 : 1);
    });

    it('a microservice and its client may be made of options that providers give', async () => {
      const { server, client } = await wiring.options();
      @Injectable()
      class Options {
        server(): object {
          return server;
        }
      }
      @Module({
        imports: [ClientsModule.registerAsync([{ name: 'CLIENT', useFactory: () => client }])],
        controllers: [Sums],
        providers: [Options],
      })
      class App {}
      const app = await NestFactory.createMicroservice(App, {
        logger: false,
        inject: [Options],
        useFactory: (options: Options) => options.server() as never,
      });
      await app.listen();
      expect(await ask(app.get<ClientProxy>('CLIENT'), 'math.sum', NUMBERS)).toBe(15);
      await wiring.idle(app);
      await app.close();
    });

    it('a client tells whether it is connected', async () => {
      const { client } = await start({ controllers: [Sums] });
      const states: unknown[] = [];
      client.status.subscribe((state) => states.push(state));
      await ask(client, 'math.sum', NUMBERS);
      expect(states).toEqual(['connected']);
    });
  });
}
