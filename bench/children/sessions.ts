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
import { MongoClient } from 'mongodb';
import { SnsSqsClient } from 'nestjs-sns-sqs';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { createDocumentStore } from 'weft/persistence';
import { SessionsService, sessionsTopology } from 'weft/sessions';
import type { ClientConfig } from '../contender.js';
import { sessionsModule, sessionsOptions } from '../sessions-module.js';

/** What is measured, and of what. */
export interface SessionsTask {
  readonly clientConfig: ClientConfig;
  readonly what: 'metadata' | 'feedback' | 'metadata by hand' | 'append' | 'read';
  /** Of the MongoDB that documents are in; absent: the embedded store. */
  readonly mongodbUri?: string;
  readonly announced: boolean;
  /** Milliseconds until SNS and SQS answer; null: they never do. */
  readonly lateMs: number | null;
  readonly writes: number;
  /** Messages that the session has before, and how long each is. */
  readonly messages: number;
  readonly messageChars: number;
}

/** Milliseconds of each write. */
export type SessionsFigures = readonly number[];

type Write = (n: number) => Promise<unknown>;

const SESSIONS = 20;
const PAGE = 50;

Logger.overrideLogger(false);
const [task] = (await once(process, 'message')) as [SessionsTask];
const documentsDir = mkdtempSync(join(tmpdir(), 'weft-bench-'));
const store = await createDocumentStore(
  task.mongodbUri === undefined
    ? { kind: 'embedded', documentsDir }
    : { kind: 'mongodb', uri: task.mongodbUri },
);
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

const write = await { metadata, feedback, 'metadata by hand': byHand, append, read }[task.what]();
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

async function feedback(): Promise<Write> {
  // A session holds a thousand of them.
  const ids = Array.from({ length: Math.ceil(task.writes / 500) }, (_, n) => `s${n}`);
  for (const session_id of ids) await sessions.create({ session_id });
  return (n) => sessions.addFeedback(`s${n % ids.length}`, { rating: 'up', comment: `No ${n}` });
}

/** What a user would write: read, change, write, and wait for SQS. */
async function byHand(): Promise<Write> {
  const documents = await documentsByHand();
  for (let n = 0; n < SESSIONS; n++) await documents.insert({ _id: `s${n}`, metadata: {} });
  const { QueueUrl: url } = await aws.sqs.send(
    new GetQueueUrlCommand({ QueueName: options.metadataQueueUrl }),
  );
  return async (n) => {
    const id = `s${n % SESSIONS}`;
    const changed = { ...(await documents.metadata(id)), status: `step ${n}` };
    await documents.write(id, changed);
    const body = JSON.stringify({ session_id: id, event: 'metadata_update', metadata: changed });
    await aws.sqs.send(new SendMessageCommand({ QueueUrl: url, MessageBody: body }));
  };
}

interface ByHand {
  readonly _id: string;
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** On the plain MongoDB driver where there is a MongoDB, else on the embedded store. */
async function documentsByHand() {
  if (task.mongodbUri === undefined) {
    const embedded = store.collection<ByHand>({ name: 'by_hand' });
    return {
      insert: (session: ByHand) => embedded.insert(session),
      metadata: async (_id: string) => (await embedded.findOne({ _id }))?.metadata,
      write: (_id: string, changed: ByHand['metadata']) =>
        embedded.updateOne({ _id }, { $set: { metadata: changed } }),
    };
  }
  const driver = await new MongoClient(task.mongodbUri).connect();
  const collection = driver.db().collection<ByHand>('by_hand');
  await collection.deleteMany({});
  return {
    insert: (session: ByHand) => collection.insertOne(session),
    metadata: async (_id: string) => (await collection.findOne({ _id }))?.metadata,
    write: (_id: string, changed: ByHand['metadata']) =>
      collection.updateOne({ _id }, { $set: { metadata: changed } }),
  };
}

async function append(): Promise<Write> {
  const message = await filledSession();
  return () => sessions.appendMessages('s', 'a', [message]);
}

/** Pages from all over the session. */
async function read(): Promise<Write> {
  await filledSession();
  const pages = Math.floor(task.messages / PAGE);
  return (n) => sessions.messages('s', 'a', { offset: PAGE * ((n * 7919) % pages), limit: PAGE });
}

/** @returns what its messages are like. */
async function filledSession() {
  await sessions.create({ session_id: 's' });
  await sessions.putAgent('s', 'a', {});
  const message = {
    message: { role: 'user', content: [{ text: 'x'.repeat(task.messageChars) }] },
    redact_message: null,
    event_loop_metrics: null,
  };
  const batch = Array.from({ length: Math.min(100, task.messages) }, () => message);
  for (let n = 0; n < task.messages; n += batch.length) {
    await sessions.appendMessages('s', 'a', batch);
  }
  return message;
}
