import { GetSubscriptionAttributesCommand, SubscribeCommand } from '@aws-sdk/client-sns';
import { Controller } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Test } from '@nestjs/testing';
import type { AddressInfo } from 'node:net';
import {
  connectSnsSqs,
  defineTopology,
  eventBridgeCodec,
  OnEvent,
  SnsSqsContext,
  SnsSqsModule,
} from '../../../src/transport/index.js';
import { SnsHttpModule } from '../../../src/transport/sns-http/index.js';
import { SnsSignatures } from '../../../src/transport/signatures/index.js';
import { emit, unique } from '../../support/transport.js';
import { waitFor, waitForCount } from '../../support/wait.js';
import { addressOf, engineName, shows } from '../engine.js';
import { Bench } from './harness.js';

const bench = new Bench();
const heard: { data: unknown; header: Readonly<Record<string, unknown>> }[] = [];

@Controller()
class Orders {
  @OnEvent('order.placed')
  placed(@Payload() data: object, @Ctx() { header }: SnsSqsContext): void {
    heard.push({ data, header });
  }
}

let app: NestExpressApplication | undefined;
beforeEach(() => void (heard.length = 0));
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** One call of EventBridge, for which there is no client here; the engine looks at no signature. */
async function events(action: string, input: object): Promise<void> {
  const scope = '20260101/us-east-1/events/aws4_request';
  const response = await fetch(addressOf(engineName), {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSEvents.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=test/${scope}, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(input),
  });
  if (!response.ok) throw new Error(`${action}: ${response.status} ${await response.text()}`);
}

describe('EventBridge', () => {
  shows('sends to a queue what eventBridgeCodec reads', ['eventBridge'], async () => {
    const queue = unique('events');
    const rule = unique('rule');
    const topology = defineTopology({
      queues: [{ name: queue, patterns: ['order.*'], codec: eventBridgeCodec }],
    });
    await bench.start({ topology, controllers: [Orders] });
    await events('PutRule', { Name: rule, EventPattern: JSON.stringify({ source: [rule] }) });
    const Arn = await bench.queueArn(queue);
    await events('PutTargets', { Rule: rule, Targets: [{ Id: 'queue', Arn }] });
    const Detail = JSON.stringify({ id: 7 });
    await events('PutEvents', {
      Entries: [{ Source: rule, DetailType: 'order.placed', Detail }],
    });
    await waitForCount('messages heard', () => heard, 1);
    expect(heard[0]).toMatchObject({
      data: { id: 7 },
      header: { source: rule, 'detail-type': 'order.placed', version: '0' },
    });
    await bench.stack.emptied(queue);
  });
});

describe('SNS over HTTP', () => {
  shows(
    'is confirmed, and its notifications are handled by their signature',
    ['snsOverHttp'],
    async () => {
      const topic = unique('orders');
      const topology = defineTopology({
        topics: [{ name: topic }],
        routes: [{ patterns: ['order.*'], topic }],
      });
      const { client } = await bench.start({ topology });
      await client.connect();
      const TopicArn = `arn:aws:sns:us-east-1:000000000000:${topic}`;
      const url = await startEndpoint(TopicArn);
      const { sns } = bench.stack.aws;
      const { SubscriptionArn } = await sns.send(
        new SubscribeCommand({
          TopicArn,
          Protocol: 'http',
          Endpoint: url,
          ReturnSubscriptionArn: true,
        }),
      );
      await waitFor('the confirmation', async () => {
        const asked = new GetSubscriptionAttributesCommand({ SubscriptionArn });
        const { Attributes: attributes } = await sns.send(asked);
        return attributes?.['PendingConfirmation'] === 'false';
      });
      await emit(client, 'order.placed', { id: 7 });
      await waitFor('the notification', () => heard, { until: ({ length }) => length === 1 });
      expect(heard[0]?.data).toEqual({ id: 7 });
    },
  );
});

/** An application that takes notifications of a topic. */
async function startEndpoint(TopicArn: string): Promise<string> {
  const origin = new URL(addressOf(engineName));
  const origins = ['localhost.localstack.cloud', 'localhost', origin.hostname].map(
    (host) => `http://${host}:${origin.port}`,
  );
  const module = await Test.createTestingModule({
    imports: [
      SnsSqsModule.forRoot({ topology: defineTopology({}), aws: bench.stack.aws }),
      SnsHttpModule.forRoot({
        path: 'sns',
        name: 'orders',
        patterns: ['order.*'],
        topics: [TopicArn],
        signatures: new SnsSignatures({ origins, fetch: fromEngine(origin) }),
      }),
    ],
    controllers: [Orders],
  }).compile();
  app = module.createNestApplication<NestExpressApplication>({ logger: false });
  connectSnsSqs(app);
  await app.init();
  await app.startAllMicroservices();
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://127.0.0.1:${port}/sns`;
}

/** The certificate, by the engine's own address: its name may not resolve here. */
const fromEngine = (origin: URL) => async (url: string) => {
  const { pathname } = new URL(url);
  const response = await fetch(new URL(pathname, origin));
  return response.text();
};
