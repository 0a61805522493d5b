import { Controller } from '@nestjs/common';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  cloudEventsCodec,
  defineTopology,
  eventBridgeCodec,
  MemoryIdempotencyStore,
  OnEvent,
  RetryableError,
  SnsSqsContext,
} from '../../../src/transport/index.js';
import type { EnvelopeDeclaration } from '../../../src/transport/topology/index.js';
import type { MessageCodec, MessageDecoder } from '../../../src/transport/codec/index.js';
import { Bench } from '../../support/bench.js';
import { emit, unique } from '../../support/transport.js';
import { SnsSigner, TOPIC } from '../../support/sns-signer.js';
import { waitForCount } from '../../support/wait.js';

const bench = new Bench();

interface Heard {
  readonly data: unknown;
  readonly header: Readonly<Record<string, unknown>>;
  readonly correlationId: string;
}

const heard: Heard[] = [];

@Controller()
class Orders {
  @OnEvent('order.placed')
  placed(@Payload() data: object, @Ctx() { header, correlationId }: SnsSqsContext): void {
    heard.push({ data, header, correlationId });
  }
}

const declare = (codec: MessageDecoder, route?: MessageCodec, raw = true) => {
  const topic = unique('orders');
  const queue = unique('billing');
  return {
    queue,
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: ['order.placed'], from: [{ topic, raw }], codec }],
      routes: [{ patterns: ['order.*'], topic, ...(route && { codec: route }) }],
    }),
  };
};

beforeEach(() => void heard.splice(0));

const byText = (one: string, other: string) => one.localeCompare(other);
const event = (source: string) =>
  JSON.stringify({ specversion: '1.0', id: '1', source, type: 'order.placed', data: {} });

describe('CloudEvents', () => {
  it.each([
    ['structured', true],
    ['structured', false],
    ['binary', true],
    ['binary', false],
  ] as const)('reach a handler in the %s mode, raw delivery being %s', async (mode, raw) => {
    const route = cloudEventsCodec({
      source: '/shop',
      mode,
      attributes: () => ({ subject: 'o7' }),
    });
    const { topology } = declare(cloudEventsCodec(), route, raw);
    const service = await bench.start({ topology, controllers: [Orders] });
    await emit(service.client, 'order.placed', { id: 7 });
    await waitForCount('messages heard', () => heard, 1);
    expect(heard[0]).toMatchObject({
      data: { id: 7 },
      header: { source: '/shop', type: 'order.placed', subject: 'o7' },
      correlationId: heard[0]?.header['id'],
    });
  });

  it('of two sources that count alike are both handled, and one that is redelivered is not', async () => {
    const { queue, topology } = declare(cloudEventsCodec());
    await bench.start({
      topology,
      controllers: [Orders],
      server: { idempotency: { store: new MemoryIdempotencyStore() } },
    });
    for (const source of ['/a', '/b', '/a']) await bench.stack.put(queue, event(source));
    await bench.stack.emptied(queue);
    expect(heard.map(({ header }) => String(header['source'])).toSorted(byText)).toEqual([
      '/a',
      '/b',
    ]);
  });

  it('that are none are dead-lettered with the reason', async () => {
    const { queue, topology } = declare(cloudEventsCodec());
    await bench.start({ topology, controllers: [Orders] });
    await bench.stack.put(queue, '{"specversion":"0.3"}');
    const { MessageAttributes: attributes } = await bench.stack.take(`${queue}-dlq`);
    expect(attributes?.['deadLetterReason']?.StringValue).toBe(
      'The message is not a CloudEvent: its specversion is not 1.0',
    );
  });
});

describe('an event of EventBridge', () => {
  it('shows its handler where it comes from', async () => {
    const { queue, topology } = declare(eventBridgeCodec);
    await bench.start({ topology, controllers: [Orders] });
    const facts = { version: '0', id: 'e', source: 'shop', region: 'eu-central-1' };
    const body = { ...facts, 'detail-type': 'order.placed', detail: { id: 7 } };
    await bench.stack.put(queue, JSON.stringify(body));
    await waitForCount('messages heard', () => heard, 1);
    expect(heard[0]).toMatchObject({ data: { id: 7 }, header: facts, correlationId: 'e' });
    expect(heard[0]?.header).not.toHaveProperty('detail');
  });
});

/** Publishes a text as it is. */
const passOn: MessageCodec = {
  name: 'as it is',
  encode: ({ data }) => ({ body: String(data), attributes: {} }),
  decode: ({ body }) => ({ pattern: 'again', data: body }),
};

const PACKET = '{"pattern":"order.placed","data":{"id":7}}';
const OTHER = 'arn:aws:sns:eu-central-1:111122223333:other';
const signer = new SnsSigner();

/** A queue whose subscriptions somebody else has made. */
const existing = (envelope: EnvelopeDeclaration) => {
  const queue = unique('signed');
  const queues = [{ name: queue, patterns: ['order.*'], envelope }];
  return { queue, topology: defineTopology({ queues }) };
};
const reasonOf = async (queue: string): Promise<string | undefined> =>
  (await bench.stack.take(`${queue}-dlq`)).MessageAttributes?.['deadLetterReason']?.StringValue;

const wrap = (message: string, TopicArn: string, attribute = 'x') =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: 'm',
    TopicArn,
    Timestamp: '2026-01-01T00:00:00.000Z',
    Message: message,
    MessageAttributes: { from: { Type: 'String', Value: attribute } },
  });

describe('envelopes of SNS within one another', () => {
  it.each([true, false])(
    'are undone for the topics that are named, raw delivery of the outer one being %s',
    async (raw) => {
      const topic = unique('orders');
      const queue = unique('billing');
      const envelope = { topics: [TOPIC] };
      const topology = defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: queue, patterns: ['order.*'], from: [{ topic, raw }], envelope }],
        routes: [{ patterns: ['again'], topic, codec: passOn }],
      });
      const service = await bench.start({ topology, controllers: [Orders] });
      await emit(service.client, 'again', wrap(PACKET, TOPIC));
      await waitForCount('messages heard', () => heard, 1);
      expect(heard[0]?.data).toEqual({ id: 7 });
    },
  );

  it('are data of their sender where the topic is not named, or there are more of them', async () => {
    const { queue, topology } = existing({ topics: [TOPIC] });
    await bench.start({ topology, controllers: [Orders] });
    for (const body of [wrap(PACKET, OTHER), wrap(wrap(wrap(PACKET, TOPIC), TOPIC), TOPIC)]) {
      await bench.stack.put(queue, body);
      expect(await reasonOf(queue)).toContain('names no pattern');
      await bench.stack.emptied(queue);
    }
    expect(heard).toEqual([]);
  });
});

const declaration = (queue: object) => () =>
  defineTopology({
    topics: [{ name: 'orders' }],
    queues: [{ name: 'billing', patterns: ['order.*'], ...queue }],
  });

describe('a queue that checks signatures', () => {
  const envelope = { topics: [TOPIC], signatures: signer.signatures() };

  it('hands on what SNS has signed, of one envelope or two', async () => {
    const { queue, topology } = existing(envelope);
    await bench.start({ topology, controllers: [Orders] });
    const inner = JSON.stringify(signer.notification(PACKET, { SignatureVersion: '1' }));
    await bench.stack.put(queue, inner);
    await bench.stack.put(queue, JSON.stringify(signer.notification(inner)));
    await bench.stack.emptied(queue);
    expect(heard.map(({ data }) => data)).toEqual([{ id: 7 }, { id: 7 }]);
  });

  it.each<[string, () => unknown, string]>([
    ['what is in no envelope', () => JSON.parse(PACKET), 'accepts only signed messages'],
    [
      'what was changed',
      () => ({ ...signer.notification(PACKET), Message: PACKET.replace('7', '8') }),
      'The signature does not match the message',
    ],
    [
      'what SNS signed for a topic that is not named',
      () => signer.notification(PACKET, { TopicArn: OTHER }),
      'accepts only signed messages',
    ],
    [
      'an inner envelope that was changed',
      () =>
        signer.notification(
          JSON.stringify({ ...signer.notification(PACKET), MessageId: 'another' }),
        ),
      'The signature does not match the message',
    ],
  ])('dead-letters %s', async (_what, body, reason) => {
    const { queue, topology } = existing(envelope);
    await bench.start({ topology, controllers: [Orders] });
    await bench.stack.put(queue, JSON.stringify(body()));
    expect(await reasonOf(queue)).toContain(reason);
    expect(heard).toEqual([]);
  });

  it('reads no attributes, which SNS does not sign, unless they are trusted', async () => {
    const MessageAttributes = { pattern: { Type: 'String', Value: 'order.placed' } };
    const body = JSON.stringify({ ...signer.notification('{"id":7}'), MessageAttributes });
    const { queue, topology } = existing(envelope);
    const service = await bench.start({ topology, controllers: [Orders] });
    await bench.stack.put(queue, body, { pattern: 'order.placed' });
    expect(await reasonOf(queue)).toContain('names no pattern');
    await service.close();

    const trusting = existing({ ...envelope, trustAttributes: true });
    await bench.start({ topology: trusting.topology, controllers: [Orders] });
    await bench.stack.put(trusting.queue, body);
    await waitForCount('messages heard', () => heard, 1);
  });

  it('retries while a certificate cannot be fetched', async () => {
    let tries = 0;
    const signatures = signer.signatures({
      fetch: () => {
        tries += 1;
        return tries === 1
          ? Promise.reject(new RetryableError('down'))
          : Promise.resolve(signer.certificate);
      },
    });
    const { queue, topology } = existing({ topics: [TOPIC], signatures });
    await bench.start({ topology, controllers: [Orders] });
    await bench.stack.put(queue, JSON.stringify(signer.notification(PACKET)));
    await waitForCount('messages heard', () => heard, 1);
    expect(tries).toBe(2);
  });

  it('is refused at start where its messages would have no signature', () => {
    const { signatures } = envelope;
    expect(declaration({ envelope: { signatures }, from: [{ topic: 'orders' }] })).toThrow(
      'envelope.signatures needs raw: false on the subscriptions to orders',
    );
    expect(declaration({ envelope: { signatures } })).toThrow(
      'name them in from or envelope.topics',
    );
    expect(declaration({ envelope: { topics: ['orders'], depth: 9 } })).toThrow(
      'envelope.topics names orders, which is not the ARN of a topic',
    );
    expect(
      declaration({ envelope: { signatures }, from: [{ topic: 'orders', raw: false }] }),
    ).not.toThrow();
  });
});
