// One measurement of writes to sessions in a process of its own: see bench/sessions.ts.
import 'reflect-metadata';
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import { mkdtempSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetQueueUrlCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Logger } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SnsSqsClient } from 'nestjs-sns-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { createDocumentStore } from 'weft/persistence';
import { SessionsService, sessionsTopology } from 'weft/sessions';
import type { ClientConfig } from '../contender.js';
import { sessionsModule, sessionsOptions } from '../sessions-module.js';

/** What is measured, and of what. */
export interface SessionsTask {
  readonly clientConfig: ClientConfig;
  readonly what: 'metadata' | 'metadata by hand' | 'append';
  readonly announced: boolean;
  /** Milliseconds until SNS and SQS answer; null: they never do. */
  readonly lateMs: number | null;
  readonly writes: number;
  /** Messages that the session has before. */
  readonly messages: number;
}

/** Milliseconds of each write. */
export type SessionsFigures = readonly number[];

type Write = (n: number) => Promise<unknown>;

const SESSIONS = 20;

Logger.overrideLogger(false);
const [task] = (await once(process, 'message')) as [SessionsTask];
const documentsDir = mkdtempSync(join(tmpdir(), 'weft-bench-'));
const store = await createDocumentStore({ kind: 'embedded', documentsDir });
const options = sessionsOptions(task.announced);
const topology = sessionsTopology(options);
const maker = new SnsSqsClient({ topology, aws: task.clientConfig, provision: 'create' });
await maker.connect();
const way = { ...task.clientConfig, endpoint: await wayTo(task.clientConfig.endpoint) };
const aws = new AwsClients(way);
const client = new SnsSqsClient({ topology, aws: way, provision: 'off' });
const app = await NestFactory.createApplicationContext(
  sessionsModule(options, store, client, aws),
  { logger: false },
);
const sessions = app.get(SessionsService);

const write = await { metadata, 'metadata by hand': byHand, append }[task.what]();
const warmUp = Math.min(100, task.writes / 4);
const found: number[] = [];
for (let n = 0; n < task.writes + warmUp; n++) {
  const startedMs = performance.now();
  await write(n);
  if (n >= warmUp) found.push(performance.now() - startedMs);
}
rmSync(documentsDir, { recursive: true, force: true });
process.send?.(found, () => process.exit(0));

/** The way to SNS and SQS: straight, or one on which they answer late or never. */
async function wayTo(endpoint: string): Promise<string> {
  const { lateMs } = task;
  if (lateMs === 0) return endpoint;
  const late: Server = createServer((incoming, response) => {
    if (lateMs === null) return;
    setTimeout(() => {
      const { method, url = '/', headers } = incoming;
      const onward = request(new URL(url, endpoint), { method, headers });
      onward.on('response', (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      incoming.pipe(onward);
    }, lateMs);
  });
  late.listen(0, '127.0.0.1');
  await once(late, 'listening');
  return `http://127.0.0.1:${(late.address() as AddressInfo).port}`;
}

async function metadata(): Promise<Write> {
  for (let n = 0; n < SESSIONS; n++) await sessions.create({ session_id: `s${n}` });
  return (n) => sessions.updateMetadata(`s${n % SESSIONS}`, { status: `step ${n}` });
}

/** What a user would write: read, change, write, and wait for SQS. */
async function byHand(): Promise<Write> {
  const documents = store.collection<{ _id: string; metadata: object }>({ name: 'by_hand' });
  for (let n = 0; n < SESSIONS; n++) await documents.insert({ _id: `s${n}`, metadata: {} });
  const { QueueUrl: url } = await aws.sqs.send(
    new GetQueueUrlCommand({ QueueName: options.metadataQueueUrl }),
  );
  return async (n) => {
    const id = `s${n % SESSIONS}`;
    const session = await documents.findOne({ _id: id });
    const changed = { ...session?.metadata, status: `step ${n}` };
    await documents.updateOne({ _id: id }, { $set: { metadata: changed } });
    const body = JSON.stringify({ session_id: id, event: 'metadata_update', metadata: changed });
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  };
}

async function append(): Promise<Write> {
  await sessions.create({ session_id: 's' });
  await sessions.putAgent('s', 'a', {});
  const message = {
    message: { role: 'user', content: [{ text: 'x'.repeat(150) }] },
    redact_message: null,
    event_loop_metrics: null,
  };
  const batch = Array.from({ length: Math.min(100, task.messages) }, () => message);
  for (let n = 0; n < task.messages; n += batch.length) {
    await sessions.appendMessages('s', 'a', batch);
  }
  return () => sessions.appendMessages('s', 'a', [message]);
}
