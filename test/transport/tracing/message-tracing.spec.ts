import { context, propagation, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import {
  InMemorySpanExporter,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import {
  traceBatch,
  traceCall,
  traceHandling,
  traceSend,
} from '../../../src/transport/tracing/message-tracing.js';

const exporter = new InMemorySpanExporter();

const sent = {
  id: 'm-1',
  pattern: 'order.placed',
  correlationId: 'c-1',
  destination: { kind: 'topic', address: 'arn:aws:sns:us-east-1:000000000000:orders' },
} as const;

const handled = (attributes: Record<string, string>) => ({
  messageId: 'sqs-1',
  pattern: 'order.placed',
  correlationId: 'c-1',
  queue: 'billing',
  attributes: new Map(Object.entries(attributes)),
});

/** A message in its producer span, and what it carries. */
const made = async (id: string) => {
  let traceparent = '';
  await traceSend({ ...sent, id }, (attributes) => {
    traceparent = attributes['traceparent']?.value ?? '';
    return Promise.resolve();
  });
  const spanId = exporter.getFinishedSpans().at(-1)?.spanContext().spanId;
  return { id, spanId, traceparent, attributes: { traceparent: { StringValue: traceparent } } };
};

describe('without a tracer registered', () => {
  it('a message carries nothing of a trace, and is sent and handled all the same', async () => {
    let attributes: unknown;
    await traceSend(sent, (given) => {
      attributes = given;
      return Promise.resolve();
    });
    let ran = false;
    await traceHandling(handled({}), () => {
      ran = true;
      return Promise.resolve();
    });
    expect({ attributes, ran }).toEqual({ attributes: {}, ran: true });
  });
});

describe('with a tracer registered', () => {
  beforeAll(() => {
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    propagation.setGlobalPropagator(new W3CTraceContextPropagator());
    trace.setGlobalTracerProvider(
      new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] }),
    );
  });
  afterEach(() => exporter.reset());
  afterAll(() => {
    trace.disable();
    propagation.disable();
    context.disable();
  });

  it('the trace travels in traceparent, and the handler runs in a span of its own that links to the sender', async () => {
    let traceparent = '';
    await traceSend(sent, (attributes) => {
      traceparent = attributes['traceparent']?.value ?? '';
      return Promise.resolve();
    });
    let inside: string | undefined;
    await traceHandling(handled({ traceparent }), () => {
      inside = trace.getActiveSpan()?.spanContext().spanId;
      return Promise.resolve();
    });
    const [send, process] = exporter.getFinishedSpans();
    expect(traceparent).toBe(`00-${send?.spanContext().traceId}-${send?.spanContext().spanId}-01`);
    expect(send).toMatchObject({
      name: 'create orders',
      kind: SpanKind.PRODUCER,
      attributes: {
        'messaging.system': 'aws.sns',
        'messaging.operation.type': 'create',
        'messaging.destination.name': 'orders',
        'messaging.message.id': 'm-1',
        'messaging.message.conversation_id': 'c-1',
      },
    });
    expect(process).toMatchObject({
      name: 'process billing',
      kind: SpanKind.CONSUMER,
      attributes: { 'messaging.system': 'aws_sqs', 'messaging.operation.type': 'process' },
    });
    expect(process?.spanContext().spanId).toBe(inside);
    expect(process?.spanContext().traceId).not.toBe(send?.spanContext().traceId);
    expect(process?.links.map((link) => link.context.spanId)).toEqual([send?.spanContext().spanId]);
  });

  it('a call that carries many messages is a client span of its own that links to each of them', async () => {
    const entries = [await made('m-1'), await made('m-2')];
    expect(
      await traceCall(sent.destination, [...entries, { id: 'm-3', attributes: {} }], () =>
        Promise.resolve('answer'),
      ),
    ).toBe('answer');
    const call = exporter.getFinishedSpans().at(-1);
    expect(call).toMatchObject({
      name: 'send orders',
      kind: SpanKind.CLIENT,
      attributes: {
        'messaging.system': 'aws.sns',
        'messaging.operation.type': 'send',
        'messaging.destination.name': 'orders',
        'messaging.batch.message_count': 3,
      },
    });
    expect(call?.parentSpanContext).toBeUndefined();
    expect(
      call?.links.map(({ context: { spanId }, attributes }) => [
        spanId,
        attributes?.['messaging.message.id'],
      ]),
    ).toEqual(entries.map(({ id, spanId }) => [spanId, id]));
  });

  it('a call that carries one message is below the span of that message, and fails with its own error', async () => {
    const entry = await made('m-1');
    await expect(
      traceCall(sent.destination, [entry], () => Promise.reject(new RangeError('too far'))),
    ).rejects.toThrow('too far');
    const call = exporter.getFinishedSpans().at(-1);
    expect(call?.parentSpanContext?.spanId).toBe(entry.spanId);
    expect(call?.attributes['error.type']).toBe('RangeError');
  });

  it('a batch handler runs in one span that links to the sender of each message', async () => {
    const entries = [await made('m-1'), await made('m-2')];
    const messages = entries.map(({ id, traceparent }) => ({
      messageId: `sqs-${id}`,
      attributes: new Map([['traceparent', traceparent]]),
    }));
    const plain = { messageId: 'sqs-3', attributes: new Map<string, string>() };
    let inside: string | undefined;
    const batch = { queue: 'billing', pattern: 'order.placed', messages: [...messages, plain] };
    await traceBatch(batch, () => {
      inside = trace.getActiveSpan()?.spanContext().spanId;
      return Promise.resolve();
    });
    const process = exporter.getFinishedSpans().at(-1);
    expect(process).toMatchObject({
      name: 'process billing',
      kind: SpanKind.CONSUMER,
      attributes: { 'messaging.batch.message_count': 3, 'weft.pattern': 'order.placed' },
    });
    expect(process?.spanContext().spanId).toBe(inside);
    expect(
      process?.links.map(({ context: { spanId }, attributes }) => [
        spanId,
        attributes?.['messaging.message.id'],
      ]),
    ).toEqual(entries.map(({ id, spanId }) => [spanId, `sqs-${id}`]));
  });

  it('what a handler throws is on its span, and thrown on', async () => {
    const failure = traceHandling(handled({}), () => Promise.reject(new RangeError('too far')));
    await expect(failure).rejects.toThrow('too far');
    expect(exporter.getFinishedSpans()[0]).toMatchObject({
      status: { message: 'too far' },
      attributes: { 'error.type': 'RangeError' },
    });
  });

  it.each(['', 'nonsense', `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01`, 'x'.repeat(10_000)])(
    'a traceparent that is none (%#) makes no link',
    async (traceparent) => {
      await traceHandling(handled({ traceparent }), () => Promise.resolve());
      expect(exporter.getFinishedSpans()[0]?.links).toEqual([]);
    },
  );
});
