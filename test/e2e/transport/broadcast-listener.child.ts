// A process with a queue of its own, to be stopped. Tells its parent what it hears, and when its queue was made again.
import 'reflect-metadata';
import { Controller, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, Payload } from '@nestjs/microservices';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AwsClientsOptions } from '../../../src/aws/index.js';
import {
  connectSnsSqs,
  OnEvent,
  SnsSqsContext,
  SnsSqsServer,
  type Topology,
} from '../../../src/transport/index.js';

/** What the process tells its parent. */
export type ListenerNews =
  | 'ready'
  | 'restored'
  | { readonly heard: number; readonly receive: number }
  | { readonly log: string };

/** Milliseconds of a handler: some run whenever the process is stopped. */
const WORK_MS = 20;

const [topology = '', aws = ''] = process.argv.slice(2);
const tell = (news: ListenerNews): void => void process.send?.(news);

@Controller()
class Listener {
  @OnEvent('setting.changed')
  async changed(@Payload() data: object, @Ctx() { receiveCount }: SnsSqsContext): Promise<void> {
    await sleep(WORK_MS);
    tell({ heard: (data as { n: number }).n, receive: receiveCount });
  }
}

@Module({ controllers: [Listener] })
class App {}

Logger.overrideLogger({
  log: () => undefined,
  error: (log: string) => tell({ log }),
  warn: (log: string) => tell({ log }),
});
process.on('disconnect', () => process.exit(1));
const server = new SnsSqsServer({
  topology: JSON.parse(topology) as Topology,
  aws: JSON.parse(aws) as AwsClientsOptions,
  provision: 'verify',
  waitTimeS: 1,
  observer: { queueRestored: () => tell('restored') },
});
const app = await NestFactory.create(App, { bufferLogs: false });
connectSnsSqs(app, server);
await app.init();
await app.startAllMicroservices();
tell('ready');
