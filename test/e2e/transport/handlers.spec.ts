import {
  Catch,
  Controller,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { Ctx, EventPattern, MessagePattern, Payload, RpcException } from '@nestjs/microservices';
import { IsInt, IsString, Min } from 'class-validator';
import { EMPTY, firstValueFrom, lastValueFrom, map, of, throwError, type Observable } from 'rxjs';
import {
  currentCorrelationId,
  defineTopology,
  DEAD_LETTER_REASON,
  OnEvent,
  OnRequest,
  PermanentError,
  SnsSqsContext,
  type SnsSqsClient,
  type Topology,
} from '../../../src/transport/index.js';
import { Bench } from '../../support/bench.js';
import { emit, unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';

const bench = new Bench();

interface Names {
  readonly queue: string;
  readonly topology: Topology;
}

function orders(raw = true): Names {
  const [topic, queue] = [unique('orders'), unique('billing')];
  return {
    queue,
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [
        { name: queue, patterns: ['order.*'], from: [{ topic, raw }], visibilityTimeoutS: 5 },
      ],
      routes: [{ patterns: ['order.*'], topic }],
    }),
  };
}

class Order {
  @IsString()
  id = '';

  @IsInt()
  @Min(1)
  amount = 0;
}

const seen: unknown[] = [];
const note = (value: unknown): void => void seen.push(value);
afterEach(() => void seen.splice(0));

@Controller()
class OrdersController {
  @EventPattern('order.placed')
  placed(data: Order): void {
    note({ placed: data.id });
  }

  @OnEvent('order.paid')
  paid(@Payload() order: Order, @Ctx() context: SnsSqsContext): void {
    note({
      order,
      isOrder: order instanceof Order,
      pattern: context.pattern,
      receiveCount: context.receiveCount,
    });
  }

  @MessagePattern('order.total')
  total(amounts: number[]): number {
    return amounts.reduce((sum, amount) => sum + amount, 0);
  }

  @OnRequest('order.count')
  count(@Payload() upTo: number): Observable<number> {
    return of(...Array.from({ length: upTo }, (_, index) => index + 1));
  }

  @MessagePattern('order.refused')
  refused(): never {
    throw new RpcException({ status: 'error', message: 'no such order', orderId: 7 });
  }

  @MessagePattern('order.crashed')
  crashed(): Observable<never> {
    return throwError(() => new Error('secret of the house'));
  }

  @MessagePattern('order.silent')
  silent(): Observable<never> {
    return EMPTY;
  }

  @OnEvent('order.correlated')
  correlated(@Ctx() context: SnsSqsContext): void {
    note({ here: currentCorrelationId(), context: context.correlationId });
  }
}

describe('handlers over SNS and SQS', () => {
  it('an own decorator hands over an instance of the payload class and the context', async () => {
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController] });
    await emit(service.client, 'order.paid', { id: 'o-1', amount: 3, unknown: true });
    await waitFor('notes of handlers', () => seen, { until: ({ length }) => length > 0 });
    expect(seen).toEqual([
      { order: { id: 'o-1', amount: 3 }, isOrder: true, pattern: 'order.paid', receiveCount: 1 },
    ]);
  });

  it('a payload that does not fit its class goes to the dead-letter queue with the violations', async () => {
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController] });
    await emit(service.client, 'order.paid', { id: 5, amount: 0 });
    const { MessageAttributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    const reason = attributes?.[DEAD_LETTER_REASON]?.StringValue;
    expect(reason).toContain('id: id must be a string');
    expect(reason).toContain('amount: amount must not be less than 1');
    expect(seen).toEqual([]);
    await bench.stack.emptied(queue);
  });

  it('an answer without a value completes', async () => {
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController] });
    expect(
      await lastValueFrom(service.client.send('order.silent', {}), { defaultValue: 'nothing' }),
    ).toBe('nothing');
  });

  it("a request handler's RpcException reaches the caller as Nest gives it, and its message is done", async () => {
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController] });
    await expect(firstValueFrom(service.client.send('order.refused', {}))).rejects.toEqual({
      status: 'error',
      message: 'no such order',
      orderId: 7,
    });
    await bench.stack.emptied(queue);
  });

  it('any other error of a request handler is an internal error to the caller, without its text', async () => {
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController] });
    await expect(firstValueFrom(service.client.send('order.crashed', {}))).rejects.toMatchObject({
      status: 'error',
      message: 'Internal server error',
    });
  });

  it('a request that nobody answers in time fails with a timeout', async () => {
    const { topology } = orders();
    const service = await bench.start({
      topology,
      controllers: [OrdersController],
      client: { requestTimeoutMs: 60 },
    });
    await service.server.close();
    await expect(firstValueFrom(service.client.send('order.total', [1]))).rejects.toMatchObject({
      code: 'WEFT_REQUEST_TIMEOUT',
    });
  });

  it('what a handler sends carries the correlation id of the message it handles', async () => {
    @Controller()
    class Relay {
      constructor(private readonly client: Pick<SnsSqsClient, 'emit'>) {}

      @OnEvent('order.relayed')
      relay(): Promise<unknown> {
        note({ here: currentCorrelationId() });
        return emit(this.client, 'order.correlated', {});
      }
    }
    const { SnsSqsClient: Client } = await import('../../../src/transport/index.js');
    Reflect.defineMetadata('design:paramtypes', [Client], Relay);
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [OrdersController, Relay] });
    await emit(service.client, 'order.relayed', {});
    await waitForCount('notes of handlers', () => seen, 2);
    const [{ here }] = seen as [{ here: string }];
    expect(here).toMatch(/^[\da-f-]{36}$/);
    expect(seen[1]).toEqual({ here, context: here });
  });
});

describe("Nest's pipeline", () => {
  it('runs guards, interceptors, pipes and filters around a handler', async () => {
    @Injectable()
    class Guard implements CanActivate {
      canActivate(context: ExecutionContext): boolean {
        return context.switchToRpc().getData<{ allowed: boolean }>().allowed;
      }
    }
    @Injectable()
    class Doubler implements NestInterceptor {
      intercept(_context: ExecutionContext, next: CallHandler<number>): Observable<number> {
        return next.handle().pipe(map((value) => value * 2));
      }
    }
    @Catch(PermanentError)
    class Swallow implements ExceptionFilter {
      catch(error: PermanentError): Observable<string> {
        return of(`filtered: ${error.message}`);
      }
    }
    @Controller()
    class Piped {
      @UseGuards(Guard)
      @UseInterceptors(Doubler)
      @OnRequest('order.guarded')
      guarded(
        @Payload('amount', { transform: (value: number) => value + 1 }) amount: number,
      ): number {
        return amount;
      }

      @UseFilters(Swallow)
      @OnRequest('order.filtered')
      filtered(): never {
        throw new PermanentError('caught');
      }
    }
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [Piped] });
    const { client } = service;
    expect(await firstValueFrom(client.send('order.guarded', { allowed: true, amount: 4 }))).toBe(
      10,
    );
    await expect(
      firstValueFrom(client.send('order.guarded', { allowed: false, amount: 4 })),
    ).rejects.toMatchObject({
      message: 'Forbidden resource',
    });
    expect(await firstValueFrom(client.send('order.filtered', {}))).toBe('filtered: caught');
  });

  it('a filter that swallows the error of an event handler acknowledges the message', async () => {
    @Catch()
    class SwallowAll implements ExceptionFilter {
      catch(): Observable<never> {
        note('swallowed');
        return EMPTY;
      }
    }
    @Controller()
    class Swallowing {
      @UseFilters(SwallowAll)
      @OnEvent('order.failing')
      fail(): never {
        throw new Error('not seen again');
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Swallowing] });
    await emit(service.client, 'order.failing', {});
    await waitFor('notes of handlers', () => seen, { until: ({ length }) => length > 0 });
    await bench.stack.emptied(queue);
    expect(seen).toEqual(['swallowed']);
    expect(await bench.stack.depth(`${queue}-dlq`)).toEqual({ visible: 0, inFlight: 0 });
  });

  it('global interceptors of a hybrid application apply to messages when it inherits its configuration', async () => {
    const global: NestInterceptor = {
      intercept: (_context, next) =>
        next.handle().pipe(map((value: unknown) => ({ wrapped: value }))),
    };
    for (const inheritAppConfig of [true, false]) {
      const { topology } = orders();
      const service = await bench.start({
        topology,
        controllers: [OrdersController],
        inheritAppConfig,
        configure: (app) => void app.useGlobalInterceptors(global),
      });
      const answer = await firstValueFrom(service.client.send('order.total', [2, 3]));
      expect(answer).toEqual(inheritAppConfig ? { wrapped: 5 } : 5);
      await service.close();
    }
  });

  it('request-scoped controllers are created for each message', async () => {
    let made = 0;
    @Controller({ scope: Scope.REQUEST })
    class Scoped {
      readonly number = (made += 1);

      @OnRequest('order.scoped')
      scoped(): number {
        return this.number;
      }
    }
    const { topology } = orders();
    const service = await bench.start({ topology, controllers: [Scoped] });
    const first = await firstValueFrom(service.client.send<number>('order.scoped', {}));
    const second = await firstValueFrom(service.client.send<number>('order.scoped', {}));
    expect(second).toBeGreaterThan(first);
  });

  it('processing hooks are called for each message, the end hook only once its handler has ended', async () => {
    const told: string[] = [];
    @Controller()
    class Hooked {
      @OnEvent('order.hooked')
      async hooked(): Promise<void> {
        told.push('running');
        await Promise.resolve();
        told.push('done');
      }
    }
    const { topology, queue } = orders();
    const service = await bench.start({ topology, controllers: [Hooked] });
    const { client, server } = service;
    await emit(client, 'order.hooked', {});
    await bench.stack.emptied(queue);
    server.setOnProcessingEndHook(() => void told.push('end'));
    await emit(client, 'order.hooked', {});
    await bench.stack.emptied(queue);
    server.setOnProcessingStartHook((_transport, _context, done) => {
      told.push('start');
      void done();
    });
    await emit(client, 'order.hooked', {});
    await bench.stack.emptied(queue);
    const ran = ['running', 'done'];
    expect(told).toEqual([...ran, ...ran, 'end', 'start', ...ran, 'end']);
  });
});
