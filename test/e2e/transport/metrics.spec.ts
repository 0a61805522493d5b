import { metrics, type Attributes } from '@opentelemetry/api';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { Controller } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ctx } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  defineTopology,
  OnBatch,
  OnEvent,
  OnRequest,
  PermanentError,
  RetryableError,
  SnsSqsContext,
} from '../../../src/transport/index.js';
import { Bench } from '../../support/bench.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';

const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
let provider: MeterProvider;
const bench = new Bench();

beforeAll(async () => {
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3600_000 });
  provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
});
afterAll(async () => {
  await provider.shutdown();
  metrics.disable();
});

interface Point {
  readonly attributes: Attributes;
  /** Of a histogram, how many were recorded. */
  readonly value: number;
}

/** What an SDK would export now. */
async function exported(name: string, where: Attributes = {}): Promise<Point[]> {
  await provider.forceFlush();
  const found = exporter
    .getMetrics()
    .at(-1)
    ?.scopeMetrics.flatMap((scope) => scope.metrics)
    .filter(({ descriptor }) => descriptor.name === name)
    .flatMap<{ attributes: Attributes; value: unknown }>(({ dataPoints }) => dataPoints);
  return (found ?? [])
    .filter(({ attributes }) =>
      Object.entries(where).every(([key, value]) => attributes[key] === value),
    )
    .map(({ attributes, value }) => ({
      attributes,
      value: typeof value === 'number' ? value : (value as Histogram).count,
    }));
}

const sum = (points: readonly Point[]): number => points.reduce((all, { value }) => all + value, 0);

async function start(controller: new () => object) {
  const [topic, queue] = [unique('orders'), unique('billing')];
  const service = await bench.start({
    controllers: [controller],
    topology: defineTopology({
      topics: [{ name: topic }],
      queues: [{ name: queue, patterns: ['order.*'], from: [{ topic }], visibilityTimeoutS: 5 }],
      routes: [{ patterns: ['order.*'], topic }],
    }),
  });
  const { client } = service;
  const emit = (pattern: string): Promise<unknown> =>
    lastValueFrom(client.emit(pattern, {}), { defaultValue: undefined });
  return { topic, queue, client, emit };
}

const at = (name: string) => ({ 'messaging.destination.name': name });

describe('with a meter provider registered', () => {
  it('messages are counted and timed as the conventions for messaging say', async () => {
    @Controller()
    class Orders {
      @OnEvent('order.placed')
      placed(): void {}
    }
    const { topic, queue, emit } = await start(Orders);
    await Promise.all([1, 2, 3].map(() => emit('order.placed')));
    await bench.stack.emptied(queue);
    expect(await exported('messaging.client.sent.messages', at(topic))).toEqual([
      {
        value: 3,
        attributes: {
          'messaging.system': 'aws.sns',
          'messaging.operation.name': 'send',
          'messaging.operation.type': 'send',
          'messaging.destination.name': topic,
        },
      },
    ]);
    expect(await exported('messaging.client.consumed.messages', at(queue))).toEqual([
      {
        value: 3,
        attributes: {
          'messaging.system': 'aws_sqs',
          'messaging.operation.name': 'receive',
          'messaging.operation.type': 'receive',
          'messaging.destination.name': queue,
        },
      },
    ]);
    expect(await exported('messaging.process.duration', at(queue))).toEqual([
      {
        value: 3,
        attributes: {
          'messaging.system': 'aws_sqs',
          'messaging.operation.name': 'process',
          'messaging.operation.type': 'process',
          'messaging.destination.name': queue,
          'weft.pattern': 'order.placed',
        },
      },
    ]);
    const calls = [
      ...(await exported('messaging.client.operation.duration', at(queue))),
      ...(await exported('messaging.client.operation.duration', at(topic))),
    ];
    expect(
      calls.map(({ attributes }) => [
        attributes['messaging.operation.name'],
        attributes['messaging.operation.type'],
      ]),
    ).toEqual(
      expect.arrayContaining([
        ['receive', 'receive'],
        ['ack', 'settle'],
        ['send', 'send'],
      ]),
    );
  });

  it('failures are counted by what follows, with the class of their error', async () => {
    @Controller()
    class Orders {
      @OnEvent('order.placed')
      placed(@Ctx() { receiveCount }: SnsSqsContext): void {
        if (receiveCount === 1) throw new RetryableError('not yet');
        throw new PermanentError('cancelled');
      }
    }
    const { queue, emit } = await start(Orders);
    await emit('order.placed');
    await bench.stack.take(`${queue}-dlq`);
    await bench.stack.emptied(queue);
    const failed = await exported('weft.messages.failed', at(queue));
    expect(
      failed.map(({ attributes, value }) => [
        attributes['weft.failure.action'],
        attributes['error.type'],
        value,
      ]),
    ).toEqual([
      ['retry', 'RetryableError', 1],
      ['deadLetter', 'PermanentError', 1],
    ]);
    const processed = await exported('messaging.process.duration', at(queue));
    expect(processed.map(({ attributes }) => attributes['error.type'])).toEqual([
      'RetryableError',
      'PermanentError',
    ]);
  });

  it('what is in flight is measured', async () => {
    const held = Promise.withResolvers<void>();
    let running = 0;
    @Controller()
    class Orders {
      @OnEvent('order.placed')
      placed(): Promise<void> {
        running += 1;
        return held.promise;
      }
    }
    const { queue, emit } = await start(Orders);
    await Promise.all([1, 2].map(() => emit('order.placed')));
    await waitFor('both handlers to run', () => running === 2);
    expect(sum(await exported('weft.messages.in_flight', at(queue)))).toBe(2);
    held.resolve();
    await bench.stack.emptied(queue);
    await waitFor(
      'the metric to be 0',
      async () => sum(await exported('weft.messages.in_flight', at(queue))),
      { until: (inFlight) => inFlight === 0 },
    );
  });

  it('answers are counted under what the names of reply queues have in common', async () => {
    @Controller()
    class Orders {
      @OnRequest('order.total')
      total(): number {
        return 3;
      }
    }
    const { client } = await start(Orders);
    expect(await firstValueFrom(client.send<number>('order.total', {}))).toBe(3);
    const sent = await exported('messaging.client.sent.messages', {
      'messaging.destination.template': 'weft-replies-*',
    });
    expect(sent.map(({ value }) => value)).toEqual([1]);
    expect(sent[0]?.attributes).not.toHaveProperty('messaging.destination.name');
  });

  it('a batch is processed once, and its messages are consumed each', async () => {
    @Controller()
    class Orders {
      @OnBatch('order.placed', { maxMessages: 3, lingerMs: 60_000 })
      placed(): void {}
    }
    const { queue, emit } = await start(Orders);
    await Promise.all([1, 2, 3].map(() => emit('order.placed')));
    await bench.stack.emptied(queue);
    expect(sum(await exported('messaging.process.duration', at(queue)))).toBe(1);
    expect(sum(await exported('messaging.client.consumed.messages', at(queue)))).toBe(3);
  });
});
