import { Controller, SetMetadata, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { IsInt } from 'class-validator';
import type { AddressInfo } from 'node:net';
import {
  connectSnsSqs,
  defineTopology,
  InvalidOptionsError,
  MemoryIdempotencyStore,
  OnEvent,
  PermanentError,
  RetryableError,
  SnsSqsContext,
  SnsSqsModule,
  SnsSqsServer,
} from '../../../src/transport/index.js';
import { FakeClock } from '../../../src/testing/index.js';
import {
  SnsHttpEndpoint,
  SnsHttpModule,
  type SnsHttpModuleOptions,
} from '../../../src/transport/sns-http/index.js';
import type { SnsSqsServerOnlyOptions } from '../../../src/transport/module/sns-sqs.module.options.js';
import { SnsSigner, TOPIC } from '../../support/sns-signer.js';
import { countCalls, TestStack } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';

const OTHER = 'arn:aws:sns:eu-central-1:111122223333:other';
const signer = new SnsSigner();
let stack: TestStack;
let app: NestExpressApplication | undefined;

beforeAll(async () => {
  stack = await TestStack.start();
});
afterEach(async () => {
  await app?.close();
  app = undefined;
});
afterAll(() => stack.stop());

class Order {
  @IsInt() id!: number;
}

const heard: { data: Order; context: SnsSqsContext }[] = [];
/** What the handler does; it is given its signal. */
let work: (signal: AbortSignal) => unknown = () => undefined;

@Controller()
class Orders {
  @OnEvent('order.placed')
  async placed(@Payload() data: Order, @Ctx() context: SnsSqsContext): Promise<void> {
    heard.push({ data, context });
    await work(context.signal);
  }
}

beforeEach(() => {
  heard.length = 0;
  work = () => undefined;
});

interface Started {
  readonly url: string;
  readonly server: SnsSqsServer;
}

interface StartOptions {
  readonly endpoint?: Partial<SnsHttpModuleOptions>;
  readonly server?: SnsSqsServerOnlyOptions;
  readonly guard?: CanActivate;
  /** A second endpoint. */
  readonly more?: SnsHttpModuleOptions;
  /** @defaultValue the machine's */
  readonly clock?: FakeClock;
  /** Whether the transport is started. */
  readonly started?: boolean;
}

/** An application whose only messages come over HTTP. */
async function start(options: StartOptions = {}): Promise<Started> {
  const endpoint = {
    path: 'sns/orders',
    name: 'orders',
    patterns: ['order.*'],
    topics: [TOPIC],
    signatures: signer.signatures(),
    ...options.endpoint,
  };
  const module = await Test.createTestingModule({
    imports: [
      SnsSqsModule.forRoot({
        topology: defineTopology({}),
        aws: stack.aws,
        ...(options.clock && { clock: options.clock }),
        server: { drainTimeoutMs: 5000, ...options.server },
      }),
      SnsHttpModule.forRoot(endpoint),
      ...(options.more ? [SnsHttpModule.forRoot(options.more)] : []),
    ],
    controllers: [Orders],
  }).compile();
  app = module.createNestApplication<NestExpressApplication>({ logger: false });
  if (options.guard) app.useGlobalGuards(options.guard);
  connectSnsSqs(app);
  await app.init();
  if (options.started !== false) await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/sns/orders`, server: app.get(SnsSqsServer) };
}

const post = async (url: string, message: unknown, type = 'text/plain; charset=UTF-8') => {
  const body = typeof message === 'string' ? message : JSON.stringify(message);
  const { status } = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
  return status;
};
const packet = (data: unknown = { id: 7 }, pattern = 'order.placed') =>
  JSON.stringify({ pattern, data });
const ago = (ms: number): string => new Date(Date.now() - ms).toISOString();

describe('a notification over HTTP', () => {
  it('is handled by the same handler that queues have, and answered 200 when it has ended', async () => {
    const { url } = await start();
    const ended = Promise.withResolvers<void>();
    work = () => ended.promise;
    const message = signer.notification(packet());
    const answer = post(url, message);
    await waitForCount('messages heard', () => heard, 1);
    ended.resolve();
    expect(await answer).toBe(200);
    expect(heard[0]?.data).toEqual({ id: 7 });
    expect(heard[0]?.context).toMatchObject({ messageId: message['MessageId'], queue: 'orders' });
  });

  it('may say that it is JSON, as a delivery policy can have it', async () => {
    const { url } = await start();
    expect(await post(url, signer.notification(packet()), 'application/json')).toBe(200);
  });

  it.each<[string, () => unknown, number]>([
    ['an error', () => Promise.reject(new Error('down')), 503],
    ['a RetryableError', () => Promise.reject(new RetryableError('later')), 503],
    ['a PermanentError', () => Promise.reject(new PermanentError('never')), 422],
  ])(
    'whose handler fails by %s is answered so that SNS does the right thing',
    async (_what, does, status) => {
      const { url } = await start();
      work = does;
      const message = signer.notification(packet());
      expect(await post(url, message)).toBe(status);
      work = () => undefined;
      expect(await post(url, message)).toBe(200);
    },
  );

  it('that can never be handled is answered 422, which SNS does not send again', async () => {
    const { url } = await start();
    for (const body of [
      packet({ id: 'x' }),
      packet({}, 'order.unknown'),
      packet({}, 'x'),
      'x',
      '{}',
    ])
      expect({ body, status: await post(url, signer.notification(body)) }).toEqual({
        body,
        status: 422,
      });
    expect(heard).toEqual([]);
  });

  it('is not started beside itself, nor beyond the concurrency', async () => {
    const { url } = await start({ endpoint: { concurrency: 1 } });
    const ended = Promise.withResolvers<void>();
    work = () => ended.promise;
    const message = signer.notification(packet());
    const first = post(url, message);
    await waitForCount('messages heard', () => heard, 1);
    expect(await post(url, message)).toBe(503);
    expect(await post(url, signer.notification(packet()))).toBe(503);
    ended.resolve();
    expect(await first).toBe(200);
    expect(heard).toHaveLength(1);
  });

  it('whose handler takes longer than SNS waits is answered 503, and its signal aborted', async () => {
    const { url } = await start({ endpoint: { answerMs: 50 } });
    const aborted = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    work = (signal) => {
      signal.addEventListener('abort', () => aborted.resolve());
      return ended.promise;
    };
    const message = signer.notification(packet());
    // A machine that stood still before the handler began answers 503 as well.
    do expect(await post(url, message)).toBe(503);
    while (heard.length === 0);
    await aborted.promise;
    expect(await post(url, message)).toBe(503);
    expect(heard).toHaveLength(1);
    ended.resolve();
  });

  it('whose handler outlasts the time to close is answered 503 then, and its signal aborted', async () => {
    const { url, server } = await start({ server: { drainTimeoutMs: 0 }, clock: new FakeClock() });
    const ended = Promise.withResolvers<void>();
    const signals: AbortSignal[] = [];
    work = (signal) => {
      signals.push(signal);
      return ended.promise;
    };
    const status = post(url, signer.notification(packet()));
    await waitForCount('handlers', () => signals, 1);
    await server.close();
    // The clock stands still, so this is not the time-out of the answer.
    expect(await status).toBe(503);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    ended.resolve();
  });

  it('that is redelivered after it was handled is not handled again, with a store', async () => {
    const { url } = await start({
      server: { idempotency: { store: new MemoryIdempotencyStore() } },
    });
    const message = signer.notification(packet());
    expect(await post(url, message)).toBe(200);
    expect(await post(url, message)).toBe(200);
    expect(heard).toHaveLength(1);
  });

  it('is to be sent again before the transport is started, and once it closes', async () => {
    const { url } = await start({ started: false });
    expect(await post(url, signer.notification(packet()))).toBe(503);
    await app?.startAllMicroservices();
    expect(await post(url, signer.notification(packet()))).toBe(200);
    const ended = Promise.withResolvers<void>();
    work = () => ended.promise;
    const running = post(url, signer.notification(packet()));
    await waitForCount('messages heard', () => heard, 2);
    const closed = app?.get(SnsSqsServer).close();
    expect(await post(url, signer.notification(packet()))).toBe(503);
    ended.resolve();
    expect(await running).toBe(200);
    await closed;
  });

  it('has no attributes but harmless ones, as SNS signs none, unless they are trusted', async () => {
    const MessageAttributes = {
      pattern: { Type: 'String', Value: 'order.placed' },
      traceparent: {
        Type: 'String',
        Value: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      },
    };
    const plain = { ...signer.notification('{"id":7}'), MessageAttributes };
    const { url } = await start();
    expect(await post(url, plain)).toBe(422);
    expect(await post(url, { ...signer.notification(packet()), MessageAttributes })).toBe(200);
    expect([...(heard[0]?.context.attributes.keys() ?? [])]).toEqual(['traceparent']);
    await app?.close();
    const trusting = await start({ endpoint: { trustAttributes: true } });
    expect(await post(trusting.url, plain)).toBe(200);
  });
});

describe('a request that SNS did not send', () => {
  it.each<[string, () => unknown, number]>([
    ['no JSON', () => 'x', 400],
    ['an empty body', () => '', 400],
    ['a list', () => [], 400],
    ['raw delivery', () => packet(), 400],
    [
      'another topic, though SNS has signed it',
      () => signer.notification(packet(), { TopicArn: OTHER }),
      403,
    ],
    ['no topic', () => ({ Type: 'Notification' }), 403],
    ['a topic that is no text', () => ({ Type: 'x', TopicArn: { toString: 1 } }), 403],
    ['no signature', () => ({ ...signer.notification(packet()), Signature: undefined }), 403],
    [
      'a changed message',
      () => ({ ...signer.notification(packet()), Message: packet({ id: 8 }) }),
      403,
    ],
    [
      'another type',
      () => ({ ...signer.notification(packet()), Type: 'SubscriptionConfirmation' }),
      403,
    ],
    [
      'a certificate of its own',
      () => signer.notification(packet(), { SigningCertURL: 'https://evil.example/a.pem' }),
      403,
    ],
    [
      'a message that is too old',
      () => signer.notification(packet(), { Timestamp: ago(2 * 3600_000) }),
      403,
    ],
    [
      'a message from the future',
      () => signer.notification(packet(), { Timestamp: ago(-3600_000) }),
      403,
    ],
    [
      'a time that is none',
      () => signer.notification(packet(), { Timestamp: '2026-99-99T00:00:00Z' }),
      403,
    ],
  ])('is refused, and no handler called: %s', async (_what, body, status) => {
    const { url } = await start();
    expect(await post(url, body())).toBe(status);
    expect(heard).toEqual([]);
  });

  it('makes nothing be fetched where it names another topic', async () => {
    const { url } = await start();
    const before = signer.fetched.length;
    await post(url, signer.notification(packet(), { TopicArn: OTHER }));
    expect(signer.fetched).toHaveLength(before);
  });

  it('is refused where it is larger than any that SNS sends', async () => {
    const { url } = await start();
    expect(await post(url, 'x'.repeat(3 * 1024 * 1024))).toBe(413);
    expect(await post(url, signer.notification(packet()))).toBe(200);
  });
});

const unreachable = () => Promise.reject(new RetryableError('down'));

describe('a message whose certificate cannot be fetched now', () => {
  it('is to be sent again', async () => {
    const signatures = signer.signatures({ fetch: unreachable });
    const { url } = await start({ endpoint: { signatures } });
    expect(await post(url, signer.notification(packet()))).toBe(503);
  });
});

/** Confirms in place of SNS. */
const confirmations = (server: SnsSqsServer) => {
  const calls: unknown[] = [];
  const aws = server.unwrap<typeof stack.aws>();
  const sns = aws.snsIn('eu-central-1') as unknown as {
    send: (command: { input: unknown }) => unknown;
  };
  const { send } = sns;
  sns.send = (command) => {
    calls.push(command.input);
    return Promise.resolve({});
  };
  return { calls, restore: () => void (sns.send = send) };
};

describe('the subscription of an endpoint', () => {
  it('is confirmed by the API of SNS, for topics of the endpoint alone, and no URL is asked', async () => {
    const { url, server } = await start();
    const { calls, restore } = confirmations(server);
    try {
      const SubscribeURL = 'http://169.254.169.254/latest/meta-data/';
      expect(await post(url, signer.confirmation({ SubscribeURL }))).toBe(200);
      expect(calls).toEqual([{ TopicArn: TOPIC, Token: 'a'.repeat(64) }]);
      expect(await post(url, signer.confirmation({ TopicArn: OTHER }))).toBe(403);
      expect(await post(url, { ...signer.confirmation(), Token: 'b'.repeat(64) })).toBe(403);
      expect(await post(url, signer.confirmation({ Type: 'UnsubscribeConfirmation' }))).toBe(200);
      expect(calls).toHaveLength(1);
    } finally {
      restore();
    }
  });

  it('is asked for again where SNS does not confirm it now', async () => {
    const { url, server } = await start();
    const sns = server.unwrap<typeof stack.aws>().snsIn('eu-central-1');
    const calls = countCalls(sns);
    // The embedded SNS knows no such subscription.
    expect(await post(url, signer.confirmation())).toBe(503);
    expect(calls.ended()).toEqual([]);
  });
});

describe('two endpoints of an application', () => {
  it('each take their own topics', async () => {
    const second = { path: 'sns/more', name: 'more', patterns: ['order.*'], topics: [OTHER] };
    const { url } = await start({ more: { ...second, signatures: signer.signatures() } });
    const other = signer.notification(packet(), { TopicArn: OTHER });
    expect(await post(url, other)).toBe(403);
    expect(await post(url.replace('orders', 'more'), other)).toBe(200);
    expect(await post(url, signer.notification(packet()))).toBe(200);
  });
});

describe('the controller of an endpoint', () => {
  it('carries what a guard of the application looks for', async () => {
    const guard: CanActivate = {
      canActivate: (context: ExecutionContext) =>
        Reflect.getMetadata('open', context.getClass()) === true,
    };
    const closed = await start({ guard });
    expect(await post(closed.url, signer.notification(packet()))).toBe(403);
    await app?.close();
    const open = await start({ guard, endpoint: { decorators: [SetMetadata('open', true)] } });
    expect(await post(open.url, signer.notification(packet()))).toBe(200);
  });
});

describe('an endpoint that does not hold', () => {
  it.each<[string, Partial<SnsHttpModuleOptions>, string]>([
    ['no topic', { topics: [] }, 'it names no topic'],
    [
      'a name in place of an ARN',
      { topics: ['orders'] },
      'orders is not the ARN of a standard topic',
    ],
    ['a FIFO topic', { topics: [`${TOPIC}.fifo`] }, 'is not the ARN of a standard topic'],
    ['no pattern', { patterns: [] }, 'it names no pattern'],
    ['more time than SNS gives', { answerMs: 20_000 }, 'answerMs is 20000'],
  ])('is refused at start: %s', async (_what, endpoint, fault) => {
    const starting = start({ endpoint });
    await expect(starting).rejects.toThrow(InvalidOptionsError);
    await expect(starting).rejects.toThrow(fault);
  });

  it('is refused once its server has started', async () => {
    const { server } = await start();
    const options = { name: 'late', patterns: ['x'], topics: [TOPIC] };
    expect(() => new SnsHttpEndpoint(server, options)).toThrow(InvalidOptionsError);
  });
});
