import { SQSClient, type Message } from '@aws-sdk/client-sqs';
import { Module, type INestApplicationContext, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { afterAll, afterEach, describe, expect } from '@jest/globals';
import { Consumer } from 'sqs-consumer';
import { Producer } from 'sqs-producer';
import {
  DEAD_LETTER_REASON,
  defineTopology,
  nativeCodec,
  record,
} from '../../../src/transport/index.js';
import { parseJson, type MessageCodec } from '../../../src/transport/codec/index.js';
import { unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench, emit, fifoJobs, jobs, topicJobs, worker, type Jobs } from './harness.js';

const bench = new Bench();

/** A client of the peers' own, without what Weft makes of one. */
let own: SQSClient | undefined;
const sqs = (): SQSClient => (own ??= new SQSClient(bench.stack.clientOptions()));
afterAll(() => own?.destroy());

const stops: (() => unknown)[] = [];
afterEach(() => Promise.all(stops.splice(0).map((stop) => stop())));

interface Peer {
  /** Takes and deletes what comes to a queue, by the peer's own means. */
  take(queueUrl: string): Promise<Message[]>;
  /** Sends a body with String attributes. */
  send(queueUrl: string, messages: readonly Outgoing[]): Promise<void>;
}

interface Outgoing {
  readonly body: string;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly group?: string;
}

const RECEIVING = { messageAttributeNames: ['All'], waitTimeSeconds: 1 };

/** What both producers take; nestjs-sqs hands it on to sqs-producer. */
const producible = ({ body, attributes = {}, group }: Outgoing, index: number) => ({
  id: String(index),
  body,
  messageAttributes: Object.fromEntries(
    Object.entries(attributes).map(([name, value]) => [
      name,
      { DataType: 'String', StringValue: value },
    ]),
  ),
  ...(group !== undefined && { groupId: group, deduplicationId: unique('message') }),
});

const plain: Peer = {
  async take(queueUrl) {
    const taken: Message[] = [];
    const consumer = Consumer.create({
      ...RECEIVING,
      queueUrl,
      sqs: sqs(),
      handleMessage: (message) => {
        taken.push(message);
        return Promise.resolve(message);
      },
    });
    consumer.start();
    stops.push(() => consumer.stop());
    return taken;
  },
  async send(queueUrl, messages) {
    await Producer.create({ queueUrl, sqs: sqs() }).send(messages.map(producible));
  },
};

// The package requires Nest, an ES module, which jest lets it do only once Nest itself is loaded.
const nestjsSqs = () => import('@ssut/nestjs-sqs');

// The package brings types of the SDK it was built with.
const nestjsClient = () => sqs() as never;

async function startNest(module: Type): Promise<INestApplicationContext> {
  const app = await NestFactory.createApplicationContext(module, { logger: false });
  stops.push(() => app.close());
  return app;
}

const nestjs: Peer = {
  async take(queueUrl) {
    const { SqsMessageHandler, SqsModule } = await nestjsSqs();
    const taken: Message[] = [];
    class Handler {
      @SqsMessageHandler('peer')
      handle(message: Message): void {
        taken.push(message);
      }
    }
    const consumers = [{ ...RECEIVING, name: 'peer', queueUrl, sqs: nestjsClient() }];
    @Module({ imports: [SqsModule.register({ consumers })], providers: [Handler] })
    class PeerModule {}
    await startNest(PeerModule);
    return taken;
  },
  async send(queueUrl, messages) {
    const { SqsModule, SqsService } = await nestjsSqs();
    const producers = [{ name: 'peer', queueUrl, sqs: nestjsClient() }];
    @Module({ imports: [SqsModule.register({ producers })] })
    class PeerModule {}
    const app = await startNest(PeerModule);
    await app.get(SqsService).send('peer', messages.map(producible));
  },
};

const PEERS = [
  ['sqs-consumer', 'sqs-producer', plain],
  ['@ssut/nestjs-sqs', '@ssut/nestjs-sqs', nestjs],
] as const;

const ROUTES = [
  ['by a queue', () => jobs(), []],
  ['by a topic, raw', () => topicJobs(), ['sns']],
  ['by a topic, in the SNS envelope', () => topicJobs({ raw: false }), ['sns']],
] as const;

const packetOf = (message: Message | undefined) => JSON.parse(message?.Body ?? '');

describe('Peers: what Weft sends', () => {
  for (const [name, , peer] of PEERS) {
    for (const [how, plan, needs] of ROUTES) {
      shows(`${name} consumes a message ${how}`, needs, async () => {
        const { topology, queue } = plan();
        const { client } = await bench.start({ topology });
        const data = { text: 'ñ 漢字 😀', list: [null, 1.5, true] };
        await emit(client, 'job.run', record(data).withAttributes({ tenant: 'acme' }).build());
        const taken = await peer.take(await bench.stack.queueUrl(queue));
        await waitForCount('messages taken', () => taken, 1);
        const wrapped = how.endsWith('envelope');
        const body = packetOf(taken[0]);
        expect(wrapped ? JSON.parse(body.Message) : body).toEqual({
          id: expect.any(String),
          pattern: 'job.run',
          correlationId: expect.any(String),
          data,
        });
        expect(wrapped ? body.MessageAttributes : taken[0]?.MessageAttributes).toMatchObject(
          wrapped
            ? { pattern: { Type: 'String', Value: 'job.run' }, tenant: { Value: 'acme' } }
            : { pattern: { StringValue: 'job.run' }, tenant: { StringValue: 'acme' } },
        );
        await bench.stack.emptied(queue);
      });
    }
  }
});

/** Reads every body as the data of one pattern. */
const unnamed: MessageCodec = {
  name: 'unnamed',
  encode: (packet) => nativeCodec.encode(packet),
  decode: ({ body }) => ({ pattern: 'job.run', data: parseJson(body) }),
};

function unnamedJobs(): Jobs {
  const queue = unique('jobs');
  const declared = { name: queue, patterns: ['job.run'], codec: unnamed };
  return { queue, topology: defineTopology({ topics: [], queues: [declared], routes: [] }) };
}

describe('Peers: what Weft handles', () => {
  for (const [, name, peer] of PEERS) {
    for (const [how, plan, message] of [
      [
        'with the attribute pattern',
        () => jobs(),
        { body: '{"n":1}', attributes: { pattern: 'job.run' } },
      ],
      [
        'with pattern and data in the body',
        () => jobs(),
        { body: '{"pattern":"job.run","data":{"n":1}}' },
      ],
      ['that names no pattern, by a codec of the queue', unnamedJobs, { body: '{"n":1}' }],
    ] as const) {
      shows(`a message of ${name} ${how} is handled`, [], async () => {
        const { topology, queue } = plan();
        const { Worker, attempts } = worker();
        await bench.start({ topology, controllers: [Worker] });
        await peer.send(await bench.stack.queueUrl(queue), [message]);
        await waitForCount('attempts', () => attempts, 1);
        expect(attempts[0]?.data).toEqual({ n: 1 });
        await bench.stack.emptied(queue);
      });
    }

    shows(
      `a group of messages of ${name} is handled in order`,
      ['groupComesBackInOrder'],
      async () => {
        const { topology, queue } = fifoJobs();
        const { Worker, attempts } = worker();
        await bench.start({ topology, controllers: [Worker] });
        const messages = Array.from({ length: 15 }, (_, n) => ({
          body: JSON.stringify({ n }),
          attributes: { pattern: 'job.run' },
          group: 'a',
        }));
        await peer.send(await bench.stack.queueUrl(queue), messages);
        await waitForCount('attempts', () => attempts, 15);
        expect(attempts.map(({ data }) => data)).toEqual(
          Array.from({ length: 15 }, (_, n) => ({ n })),
        );
      },
    );
  }

  shows(
    'a message that names no pattern is kept, and the reason says what is missing',
    [],
    async () => {
      const { topology, queue } = jobs();
      const { Worker, attempts } = worker();
      await bench.start({ topology, controllers: [Worker] });
      await plain.send(await bench.stack.queueUrl(queue), [{ body: '{"n":1}' }]);
      const copy = await bench.stack.take(`${queue}-dlq`);
      expect(copy.Body).toBe('{"n":1}');
      expect(copy.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain('"pattern"');
      expect(attempts).toEqual([]);
    },
  );
});
