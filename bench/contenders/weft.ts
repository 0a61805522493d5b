import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern, MessagePattern } from '@nestjs/microservices';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import {
  AwsClients,
  defineTopology,
  prepareSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type Topology,
} from 'weft/transport';
import { atOnce, countCalls, type Contender, type Course } from '../contender.js';

/** Emits under way at once: a service that answers a hundred requests side by side. */
const EMITS_AT_ONCE = 100;

let onMessage: () => void = () => undefined;

@Controller()
class BenchController {
  @EventPattern<string>('bench.message')
  message(): void {
    onMessage();
  }

  @MessagePattern('bench.echo')
  echo(data: unknown): unknown {
    return data;
  }
}

@Module({ controllers: [BenchController] })
class BenchModule {}

const topologyOf = (queue: string): Topology =>
  defineTopology({
    queues: [{ name: queue, patterns: ['bench.*'], deadLetter: false }],
    routes: [{ patterns: ['bench.*'], queue }],
  });

function clientsOf({ clientConfig, called }: Course): AwsClients {
  const aws = new AwsClients(clientConfig);
  for (const client of [aws.sqs, aws.sqsPolling]) countCalls(client, called);
  return aws;
}

async function startServer(course: Course, aws: AwsClients): Promise<() => Promise<void>> {
  const server = new SnsSqsServer({
    topology: topologyOf(course.queueName),
    aws,
    provision: 'off',
    waitTimeS: 1,
  });
  const microservice = await NestFactory.createMicroservice(BenchModule, {
    strategy: server,
    logger: ['error', 'warn'],
  });
  prepareSnsSqs(microservice, microservice, server);
  await microservice.listen();
  return () => microservice.close();
}

/** An ordinary `@EventPattern` handler, one message a call, through the whole Nest pipeline. */
export const weftConsume: Contender = {
  name: 'Weft',
  settings: '@EventPattern, one message a handler, defaults',
  async start(course) {
    onMessage = course.done;
    const aws = clientsOf(course);
    const close = await startServer(course, aws);
    return {
      stop: async () => {
        await close();
        aws.destroy();
      },
    };
  },
};

export const weftPublish: Contender = {
  name: 'Weft',
  settings: `emit() one by one, ${EMITS_AT_ONCE} under way, defaults`,
  async start(course) {
    const aws = clientsOf(course);
    const client = new SnsSqsClient({
      topology: topologyOf(course.queueName),
      aws,
      provision: 'off',
    });
    const data: unknown = JSON.parse(course.body);
    await client.connect();
    await atOnce(course.messages, EMITS_AT_ONCE, async () => {
      await lastValueFrom(client.emit('bench.message', data), { defaultValue: undefined });
      course.done();
    });
    return {
      stop: async () => {
        await client.close();
        aws.destroy();
      },
    };
  },
};

export const weftRequest = (width: number): Contender => ({
  name: 'Weft',
  settings: `send() to @MessagePattern in the same process, ${width} at once`,
  async start(course) {
    const aws = clientsOf(course);
    const close = await startServer(course, aws);
    const client = new SnsSqsClient({
      topology: topologyOf(course.queueName),
      aws,
      provision: 'off',
    });
    const data: unknown = JSON.parse(course.body);
    await atOnce(course.messages, width, async () => {
      await firstValueFrom(client.send('bench.echo', data));
      course.done();
    });
    return {
      stop: async () => {
        await client.close();
        await close();
        aws.destroy();
      },
    };
  },
});
