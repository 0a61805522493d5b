import { Controller } from '@nestjs/common';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Ctx, Payload } from '@nestjs/microservices';
import {
  cloudEventsCodec,
  defineTopology,
  eventBridgeCodec,
  MemoryIdempotencyStore,
  OnEvent,
  SnsSqsContext,
  type MessageCodec,
  type MessageDecoder,
} from '../../../src/transport/index.js';
import {
  emit,
  startService,
  TestStack,
  unique,
  type TestService,
} from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

let stack: TestStack;
let service: TestService | undefined;

beforeAll(async () => {
  stack = await TestStack.start();
});
afterEach(async () => {
  await service?.close();
  service = undefined;
});
afterAll(() => stack.stop());

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
    service = await startService(stack, { topology, controllers: [Orders] });
    await emit(service.client, 'order.placed', { id: 7 });
    await waitFor(() => heard.length === 1);
    expect(heard[0]).toMatchObject({
      data: { id: 7 },
      header: { source: '/shop', type: 'order.placed', subject: 'o7' },
      correlationId: heard[0]?.header['id'],
    });
  });

  it('of two sources that count alike are both handled, and one that comes again is not', async () => {
    const { queue, topology } = declare(cloudEventsCodec());
    service = await startService(stack, {
      topology,
      controllers: [Orders],
      server: { idempotency: { store: new MemoryIdempotencyStore() } },
    });
    for (const source of ['/a', '/b', '/a']) await stack.put(queue, event(source));
    await stack.emptied(queue);
    expect(heard.map(({ header }) => String(header['source'])).toSorted(byText)).toEqual([
      '/a',
      '/b',
    ]);
  });

  it('that are none are dead-lettered with the reason', async () => {
    const { queue, topology } = declare(cloudEventsCodec());
    service = await startService(stack, { topology, controllers: [Orders] });
    await stack.put(queue, '{"specversion":"0.3"}');
    const { MessageAttributes: attributes } = await stack.take(`${queue}-dlq`);
    expect(attributes?.['deadLetterReason']?.StringValue).toBe(
      'The message is no CloudEvent: its specversion is not 1.0',
    );
  });
});

describe('an event of EventBridge', () => {
  it('shows its handler where it comes from', async () => {
    const { queue, topology } = declare(eventBridgeCodec);
    service = await startService(stack, { topology, controllers: [Orders] });
    const facts = { version: '0', id: 'e', source: 'shop', region: 'eu-central-1' };
    const body = { ...facts, 'detail-type': 'order.placed', detail: { id: 7 } };
    await stack.put(queue, JSON.stringify(body));
    await waitFor(() => heard.length === 1);
    expect(heard[0]).toMatchObject({ data: { id: 7 }, header: facts, correlationId: 'e' });
    expect(heard[0]?.header).not.toHaveProperty('detail');
  });
});
