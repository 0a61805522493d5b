import 'reflect-metadata';
import { Controller, Module, ValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  defineTopology,
  MemoryIdempotencyStore,
  OnBatch,
  prepareSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from 'nestjs-sns-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import type { Contender, Course, Running } from '../contender.js';
import { BENCH_PATTERN, BenchOrder } from '../order.js';
import { holding } from './holding.js';
import { WEFT } from './names.js';
import { startTracing } from './tracing.js';

export const ECHO_PATTERN = 'bench.echo';

let onMessage: () => Promise<void> | undefined = () => undefined;

@Controller()
class BenchController {
  @EventPattern(BENCH_PATTERN)
  message(@Payload() _order: BenchOrder): Promise<void> | undefined {
    return onMessage();
  }

  @MessagePattern(ECHO_PATTERN)
  echo(data: unknown): unknown {
    return data;
  }
}

@Module({ controllers: [BenchController] })
class BenchModule {}

@Controller()
class BatchController {
  @OnBatch(BENCH_PATTERN)
  async messages(@Payload() orders: readonly unknown[]): Promise<void> {
    await Promise.all(orders.map(onMessage).filter((work) => work !== undefined));
  }
}

@Module({ controllers: [BatchController] })
class BatchModule {}

export interface WeftSettings {
  readonly name?: string;
  readonly batch?: boolean;
  readonly validation?: boolean;
  readonly idempotency?: boolean;
  readonly tracing?: boolean;
  readonly queues?: number;
  readonly concurrency?: number;
  /** Messages that handlers hold at any time. */
  readonly held?: number;
}

/** More than are held, so that receives stay as full as ever. */
const ROOM_BESIDE_HELD = 100;

const topologyOf = ({ queues }: Course): Topology =>
  defineTopology({
    queues: queues.map(({ name }) => ({ name, patterns: ['bench.*'], deadLetter: false })),
    routes: [{ patterns: ['bench.*'], queue: queues[0].name }],
  });

export async function startServer(course: Course, settings: WeftSettings = {}): Promise<Running> {
  if (settings.tracing) startTracing();
  const { held, concurrency = held && held + ROOM_BESIDE_HELD } = settings;
  const aws = new AwsClients(course.clientConfig);
  const server = new SnsSqsServer({
    topology: topologyOf(course),
    aws,
    provision: 'off',
    waitTimeS: course.waitTimeS,
    ...(settings.idempotency && { idempotency: { store: new MemoryIdempotencyStore() } }),
    ...(concurrency !== undefined && { concurrency }),
  });
  onMessage = held === undefined ? course.handle : holding(held, course);
  const microservice = await NestFactory.createMicroservice(
    settings.batch ? BatchModule : BenchModule,
    {
      strategy: server,
      logger: ['error', 'warn'],
    },
  );
  if (settings.validation) microservice.useGlobalPipes(new ValidationPipe({ transform: true }));
  prepareSnsSqs(microservice, microservice, server);
  await microservice.listen();
  return {
    stop: async () => {
      await microservice.close();
      aws.destroy();
    },
  };
}

export async function startClient(course: Course): Promise<SnsSqsClient> {
  const client = new SnsSqsClient({
    topology: topologyOf(course),
    aws: course.clientConfig,
    provision: 'off',
  });
  await client.connect();
  return client;
}

/** An ordinary `@EventPattern` handler, one message a call, through the whole Nest pipeline. */
export const weftConsume = (settings: WeftSettings = {}): Contender => ({
  name: settings.name ?? WEFT,
  settings: [
    settings.batch ? '@OnBatch' : '@EventPattern, one message a handler',
    ...settingsInWords(settings),
  ].join(', '),
  ...(settings.queues !== undefined && { queues: settings.queues }),
  // Those that are held when the last one has been counted.
  ...(settings.held !== undefined && { surplus: settings.held }),
  start: (course) => startServer(course, settings),
});

function settingsInWords({
  validation,
  idempotency,
  tracing,
  queues,
  concurrency,
  held,
}: WeftSettings): string[] {
  const words = [
    validation && 'ValidationPipe({ transform: true }) with class-validator on four fields',
    idempotency && 'MemoryIdempotencyStore',
    tracing && 'OpenTelemetry SDK, batches of spans to an exporter that drops them',
    queues !== undefined && `${queues} queues`,
    concurrency !== undefined && `concurrency ${concurrency}`,
    held !== undefined && `concurrency ${held + ROOM_BESIDE_HELD}, ${held} held by handlers`,
  ].filter((word) => typeof word === 'string');
  return words.length === 0 ? ['defaults'] : words;
}
