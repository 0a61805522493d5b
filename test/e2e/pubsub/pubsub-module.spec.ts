import { Controller, Injectable, Module, UseInterceptors, type Type } from '@nestjs/common';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { INestApplication } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { IsInt, IsString } from 'class-validator';
import { firstValueFrom, type Observable } from 'rxjs';
import { z } from 'zod';
import {
  connectSnsSqs,
  defineTopology,
  OnRequest,
  SnsSqsClient,
  SnsSqsServer,
  type SnsSqsContext,
} from '../../../src/transport/index.js';
import {
  EventPublisher,
  OnTopic,
  PubSubModule,
  queueNameOf,
  type PubSubModuleOptions,
} from '../../../src/transport/pubsub/index.js';
import { createSqsHandler } from '../../../src/transport/lambda/index.js';
import { invokeLambda } from '../../../src/testing/index.js';
import { startBriskStack, timeOf } from '../../support/brisk-stack.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';

class OrderPlaced {
  @IsString()
  id = '';
}

class Paid {
  @IsInt()
  cents = 0;
}

class Unchecked {
  id = '';
}

const order = (id: string): OrderPlaced => Object.assign(new OrderPlaced(), { id });

let stack: TestStack;
let app: INestApplication | undefined;

beforeAll(async () => {
  stack = await startBriskStack();
});
afterEach(async () => {
  const closing = app?.close();
  stack.endLongPolls();
  await closing;
  app = undefined;
});
afterAll(() => stack.stop());

const options = (more: Partial<PubSubModuleOptions> = {}): PubSubModuleOptions => ({
  aws: stack.clientOptions(),
  environment: 'test',
  provision: 'create',
  ...more,
  server: { waitTimeS: 1, ackLingerMs: 5, ...timeOf(stack) },
});

async function start(
  pubsub: PubSubModuleOptions,
  ...controllers: Type[]
): Promise<INestApplication> {
  @Module({ imports: [PubSubModule.forRoot(pubsub)], controllers })
  class AppModule {}
  app = await NestFactory.create(AppModule, { logger: false, abortOnError: false });
  connectSnsSqs(app);
  await app.init();
  await app.startAllMicroservices();
  return app;
}

describe('PubSubModule', () => {
  it('brings events of several topics to methods of controllers, and publishes from anywhere', async () => {
    const [orders, payments] = [unique('orders'), unique('payments')];
    const heard: unknown[] = [];
    @Controller()
    class Billing {
      @OnTopic(orders, OrderPlaced)
      placed(event: OrderPlaced, { queue }: SnsSqsContext): void {
        heard.push([event, queue]);
      }

      @OnTopic(payments, z.object({ cents: z.int() }))
      paid(@Payload() event: { cents: number }): void {
        heard.push(event);
      }
    }
    const publisher = (await start(options(), Billing)).get(EventPublisher);
    await publisher.publishEvent(orders, order('o-1'));
    await waitForCount('events heard', () => heard, 1);
    expect(heard[0]).toEqual([order('o-1'), queueNameOf(orders, 'test')]);
    expect((heard[0] as unknown[])[0]).toBeInstanceOf(OrderPlaced);
    await publisher.publishEvent(payments, Object.assign(new Paid(), { cents: 3 }));
    await waitForCount('events heard', () => heard, 2);
    expect(heard[1]).toEqual({ cents: 3 });
  });

  it('needs no name of a topic where the configuration has the one', async () => {
    const heard: string[] = [];
    @Controller()
    class Billing {
      @OnTopic(OrderPlaced)
      placed({ id }: OrderPlaced): void {
        heard.push(id);
      }
    }
    const publisher = (await start(options({ topic: unique('orders') }), Billing)).get(
      EventPublisher,
    );
    await publisher.publishEvent(order('o-2'));
    await waitForCount('events heard', () => heard, 1);
    expect(heard).toEqual(['o-2']);
  });

  it('stands beside other handlers of the application, and behind its interceptors', async () => {
    const [orders, sums] = [unique('orders'), unique('sums')];
    const heard: string[] = [];
    @Injectable()
    class Note implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
        heard.push('intercepted');
        return next.handle();
      }
    }
    @Controller()
    class Mixed {
      @OnTopic(orders, OrderPlaced)
      @UseInterceptors(Note)
      placed({ id }: OrderPlaced): void {
        heard.push(id);
      }

      @OnRequest('sum')
      sum(@Payload() numbers: number[]): number {
        return numbers.length;
      }
    }
    const topology = defineTopology({
      queues: [{ name: sums, patterns: ['sum'] }],
      routes: [{ patterns: ['sum'], queue: sums }],
    });
    const running = await start(options({ topology }), Mixed);
    expect(await firstValueFrom(running.get(SnsSqsClient).send('sum', [1, 2]))).toBe(2);
    await running.get(EventPublisher).publishEvent(orders, order('o-3'));
    await waitForCount('events heard', () => heard, 2);
    expect(heard).toEqual(['intercepted', 'o-3']);
    expect(running.get(SnsSqsServer).health()).toHaveLength(2);
  });

  it('takes its options from another provider, for a process that only publishes', async () => {
    const SETTINGS = Symbol('SETTINGS');
    const settings = { provide: SETTINGS, useValue: options({ topic: unique('orders') }) };
    @Module({ providers: [settings], exports: [SETTINGS] })
    class SettingsModule {}
    @Module({
      imports: [
        PubSubModule.forRootAsync({
          imports: [SettingsModule],
          inject: [SETTINGS],
          useFactory: (given: PubSubModuleOptions) => given,
        }),
      ],
    })
    class AppModule {}
    const context = await NestFactory.createApplicationContext(AppModule, { logger: false });
    const publisher = context.get(EventPublisher);
    await publisher.publishEvent(order('o-4'));
    await context.close();
    await expect(publisher.publishEvent(order('o-5'))).rejects.toMatchObject({
      code: 'WEFT_CLIENT_CLOSED',
    });
  });

  it('runs the same handlers as a Lambda function', async () => {
    const topic = unique('orders');
    const queue = queueNameOf(topic, 'test');
    const heard: string[] = [];
    @Controller()
    class Billing {
      @OnTopic(topic, OrderPlaced)
      placed({ id }: OrderPlaced): void {
        heard.push(id);
      }
    }
    @Module({ imports: [PubSubModule.forRoot(options())], controllers: [Billing] })
    class AppModule {}
    const handler = createSqsHandler(AppModule);
    await handler({ Records: [] });
    await stack.put(queue, '{"id":"o-6"}');
    expect(await invokeLambda(stack, queue, handler)).toEqual({ batchItemFailures: [] });
    expect(heard).toEqual(['o-6']);
    await handler.close();
  });

  it('refuses at the start a class that checks nothing, and the one topic under two names', async () => {
    const topic = unique('orders');
    @Controller()
    class Careless {
      @OnTopic(topic, Unchecked)
      placed(): void {}
    }
    await expect(start(options(), Careless)).rejects.toThrow('Unchecked has no decorators');
    @Controller()
    class Twice {
      @OnTopic(topic, OrderPlaced)
      placed(): void {}
      @OnTopic(OrderPlaced)
      again(): void {}
    }
    await expect(start(options({ topic }), Twice)).rejects.toThrow(
      'by its name everywhere, or nowhere',
    );
    @Controller()
    class Nameless {
      @OnTopic(OrderPlaced)
      placed(): void {}
    }
    await expect(start(options(), Nameless)).rejects.toThrow('AWS_TOPIC_NAME');
  });
});
