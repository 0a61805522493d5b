import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { lastValueFrom } from 'rxjs';
import { defineTopology, OnBatch, OnEvent, SnsSqsClient } from '../../../src/transport/index.js';
import { unique } from '../../support/transport.js';
import { Bench } from '../../support/bench.js';
import { waitForCount } from '../../support/wait.js';

const exporter = new InMemorySpanExporter();
const bench = new Bench();
beforeAll(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(new W3CTraceContextPropagator());
  const spanProcessors = [new SimpleSpanProcessor({ exporter })];
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
});
afterAll(() => {
  trace.disable();
  propagation.disable();
  context.disable();
});

it.each([true, false])(
  'a trace goes with a message through SNS and SQS (raw delivery: %s)',
  async (raw) => {
    exporter.reset();
    const seen: (string | undefined)[] = [];
    const note = (): void => void seen.push(trace.getActiveSpan()?.spanContext().spanId);
    @Controller()
    class Relay {
      constructor(private readonly client: SnsSqsClient) {}

      @OnEvent('order.placed')
      placed(): Promise<unknown> {
        note();
        return lastValueFrom(this.client.emit('order.shipped', {}), { defaultValue: undefined });
      }

      @OnEvent('order.shipped')
      shipped(): void {
        note();
      }
    }
    const topic = unique('orders');
    const service = await bench.start({
      controllers: [Relay],
      topology: defineTopology({
        topics: [{ name: topic }],
        queues: [{ name: unique('billing'), patterns: ['order.*'], from: [{ topic, raw }] }],
        routes: [{ patterns: ['order.*'], topic }],
      }),
    });
    await lastValueFrom(service.client.emit('order.placed', {}), { defaultValue: undefined });
    await waitForCount('finished spans', () => exporter.getFinishedSpans(), 6);
    await service.close();

    const ids = Object.fromEntries(
      exporter.getFinishedSpans().map((span) => [
        `${span.kind} ${String(span.attributes['weft.pattern'])}`,
        {
          id: span.spanContext().spanId,
          links: span.links.map((link) => link.context.spanId),
          parent: span.parentSpanContext?.spanId,
        },
      ]),
    );
    const [sent, handled, sentOn, handledThere] = [
      ids[`${SpanKind.PRODUCER} order.placed`],
      ids[`${SpanKind.CONSUMER} order.placed`],
      ids[`${SpanKind.PRODUCER} order.shipped`],
      ids[`${SpanKind.CONSUMER} order.shipped`],
    ];
    expect(seen).toEqual([handled?.id, handledThere?.id]);
    expect(handled?.links).toEqual([sent?.id]);
    expect(sentOn?.parent).toBe(handled?.id);
    expect(handledThere?.links).toEqual([sentOn?.id]);
    const calls = exporter.getFinishedSpans().filter(({ kind }) => kind === SpanKind.CLIENT);
    expect(calls.map(({ parentSpanContext }) => parentSpanContext?.spanId)).toEqual([
      sent?.id,
      sentOn?.id,
    ]);
  },
);

it('one call sends, and one batch handler handles, what many have made: links tell who', async () => {
  exporter.reset();
  @Controller()
  class Batch {
    @OnBatch('order.placed', { maxMessages: 3, lingerMs: 5000 })
    placed(): void {}
  }
  const queue = unique('billing');
  const service = await bench.start({
    controllers: [Batch],
    topology: defineTopology({
      queues: [{ name: queue, patterns: ['order.*'] }],
      routes: [{ patterns: ['order.*'], queue }],
    }),
  });
  const emit = (n: number): Promise<unknown> =>
    lastValueFrom(service.client.emit('order.placed', { n }), { defaultValue: undefined });
  await Promise.all([1, 2, 3].map(emit));
  const spans = (kind: SpanKind) => exporter.getFinishedSpans().filter((one) => one.kind === kind);
  await waitForCount('spans of consumers', () => spans(SpanKind.CONSUMER), 1);
  await service.close();
  const made = spans(SpanKind.PRODUCER).map((span) => span.spanContext().spanId);
  const linked = (kind: SpanKind) =>
    spans(kind).map(({ links }) => links.map(({ context: { spanId } }) => spanId).toSorted());
  expect(made).toHaveLength(3);
  expect(linked(SpanKind.CLIENT).flat().toSorted()).toEqual(made.toSorted());
  expect(linked(SpanKind.CONSUMER)).toEqual([made.toSorted()]);
});
