// Event streams of one session, for readers in another process: see bench/sessions.ts.
import 'reflect-metadata';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connectSnsSqs, SnsSqsClient, SnsSqsServer } from 'nestjs-sns-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { createDocumentStore } from 'weft/persistence';
import { sessionsTopology, SessionsService } from 'weft/sessions';
import type { ClientConfig } from '../contender.js';
import { sessionsModule, sessionsOptions } from '../sessions-module.js';
import { answerOf, start } from '../stage.js';

/** What a change to so many readers costs. */
export interface FanOut {
  /** Milliseconds from each write until the last reader had it, by SNS and SQS. */
  readonly ms: readonly number[];
  readonly rssBytes: number;
}

interface FanOutTask {
  readonly clientConfig: ClientConfig;
  readonly readers: number;
  readonly changes: number;
}

Logger.overrideLogger(false);
const [task] = (await once(process, 'message')) as [FanOutTask];
const { readers, changes, clientConfig: aws } = task;
const options = sessionsOptions(true);
const topology = sessionsTopology(options);
const client = new SnsSqsClient({ topology, aws, provision: 'create' });
const store = await createDocumentStore({ kind: 'embedded' });
const app = await NestFactory.create(sessionsModule(options, store, client, new AwsClients(aws)), {
  logger: false,
});
connectSnsSqs(app, new SnsSqsServer({ topology, aws, provision: 'create' }));
await app.init();
await app.startAllMicroservices();
await app.listen(0, '127.0.0.1');
const sessions = app.get(SessionsService);
await sessions.create({ session_id: 's' });
const { port } = (app.getHttpServer() as Server).address() as AddressInfo;
const child = start('./children/readers.ts', [], [String(port), String(readers)]);
await answerOf(child);
const ms: number[] = [];
for (let mark = 1; mark <= changes; mark++) {
  const startedMs = performance.now();
  const seen = answerOf(child);
  await sessions.updateMetadata('s', { mark });
  await seen;
  ms.push(performance.now() - startedMs);
}
child.kill('SIGKILL');
const found: FanOut = { ms, rssBytes: process.memoryUsage().rss };
process.send?.(found, () => process.exit(0));
