import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace';
import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { BusEvent, OnBusEvent } from '../../../src/messaging/event-bus/index.js';
import { Outbox, withOutbox } from '../../../src/platform/outbox/index.js';
import { DocumentStore } from '../../../src/platform/persistence/index.js';
import { startBriskStack } from '../../support/brisk-stack.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { startBus, type BusApplication } from './event-bus.fixture.js';

class ShipSailedPayload {
  id = 's1';
}

const heard: BusEvent[] = [];

@Controller()
class Harbour {
  @OnBusEvent(ShipSailedPayload)
  note(@Payload() event: BusEvent<ShipSailedPayload>): void {
    heard.push(event);
  }
}

const SHIPS = withOutbox({ name: 'ships' });

const exporter = new InMemorySpanExporter();
let stack: TestStack;
let app: BusApplication;
let queue: string;
beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
  stack = await startBriskStack();
});
beforeEach(async () => {
  queue = unique('ships');
  const options = { publisherName: 'Harbour', topics: unique('sea'), queues: [{ name: queue }] };
  app = await startBus(stack, options, { controllers: [Harbour] });
  exporter.reset();
  heard.splice(0);
});
afterEach(() => app.close());
afterAll(async () => {
  await stack.stop();
  trace.disable();
  propagation.disable();
  context.disable();
});

/** Runs work in a span. @returns its trace context as an event has it. */
async function inSpan(work: () => Promise<unknown>): Promise<string> {
  return trace.getTracer('test').startActiveSpan('sail', async (span) => {
    await work();
    span.end();
    const { traceId, spanId } = span.spanContext();
    return `00-${traceId}-${spanId}-01`;
  });
}

const spanOf = (kind: SpanKind): Promise<ReadableSpan> =>
  waitFor(`a span of kind ${kind}`, () =>
    exporter.getFinishedSpans().find((span) => span.kind === kind),
  );

const traceIdOf = (traceparent = ''): string => traceparent.split('-')[1] ?? '';

describe('The trace of an event', () => {
  it('is that of the span it is published in, to which the span of its handler leads', async () => {
    const traceparent = await inSpan(() => app.bus.publish(new ShipSailedPayload()));
    const [consumer, producer] = [await spanOf(SpanKind.CONSUMER), await spanOf(SpanKind.PRODUCER)];
    expect(heard.map(({ metadata }) => metadata.traceparent)).toEqual([traceparent]);
    expect(producer.spanContext().traceId).toBe(traceIdOf(traceparent));
    expect(consumer.links.map((link) => link.context.spanId)).toEqual([
      producer.spanContext().spanId,
    ]);
  });

  it('is that of the change an event of the outbox was written with, whoever publishes it later', async () => {
    const outbox = app.get(Outbox);
    outbox.relay(SHIPS);
    const ships = app.get(DocumentStore as never as new () => DocumentStore).collection(SHIPS);
    const traceparent = await inSpan(async () => {
      const entry = await app.bus.entry(new ShipSailedPayload());
      await ships.insert({ _id: 's1', outbox: [entry] });
    });
    outbox.wake(SHIPS, 's1');
    const [consumer, producer] = [await spanOf(SpanKind.CONSUMER), await spanOf(SpanKind.PRODUCER)];
    expect(heard.map(({ metadata }) => metadata.traceparent)).toEqual([traceparent]);
    expect(producer.spanContext().traceId).toBe(traceIdOf(traceparent));
    expect(consumer.links.map((link) => link.context.traceId)).toEqual([traceIdOf(traceparent)]);
  });

  it('is read from the body where a publisher writes no attribute of it', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = {
      metadata: { event_name: 'ShipSailed', traceparent, tracestate: 'a=1' },
      payload: { id: 's1' },
    };
    await stack.put(queue, JSON.stringify(event));
    const consumer = await spanOf(SpanKind.CONSUMER);
    expect(consumer.links.map((link) => link.context.spanId)).toEqual(['b7ad6b7169203331']);
    expect(consumer.links[0]?.context.traceState?.serialize()).toBe('a=1');
  });

  it.each(['none', '00-0-0-00', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`, 'x'.repeat(10_000)])(
    'that is no trace is passed over: %s',
    async (traceparent) => {
      const event = { metadata: { eventName: 'ShipSailed', traceparent }, payload: { id: 's1' } };
      await stack.put(queue, JSON.stringify(event));
      const consumer = await spanOf(SpanKind.CONSUMER);
      expect(consumer.links).toEqual([]);
    },
  );
});
