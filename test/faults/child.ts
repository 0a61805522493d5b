// A consumer or a publisher in a process of its own, to be killed: node child.ts '{"role":"consumer",…}'.
import 'reflect-metadata';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AwsClients, type AwsClientsOptions } from '../../src/aws/index.js';
import {
  connectSnsSqs,
  DynamoDbIdempotencyStore,
  SnsSqsClient,
  SnsSqsServer,
} from '../../src/transport/index.js';
import { publish } from './publish.js';
import { jobsTopology, SERVER_OPTIONS, worker } from './worker.js';

export interface ChildTask {
  readonly role: 'consumer' | 'publisher';
  readonly aws: AwsClientsOptions;
  readonly queue: string;
  readonly maxReceiveCount: number;
  /** Milliseconds of a handler. */
  readonly workMs: number;
  /** DynamoDB table of the idempotency store. */
  readonly table?: string | undefined;
  /** What a publisher sends. */
  readonly jobs: readonly number[];
}

/** What a child tells its parent. */
export type ChildNews = { readonly sent: number } | { readonly handled: number } | 'ready';

// Told once the kernel has it: what this process says before it is killed is heard.
const tell = (news: ChildNews): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(news, (error: Error | null) => (error ? reject(error) : resolve()));
  });

async function consume({ aws, queue, maxReceiveCount, table, workMs }: ChildTask): Promise<void> {
  const work = async (job: number): Promise<void> => {
    await sleep(workMs);
    await tell({ handled: job });
  };
  @Module({ controllers: [worker(work)] })
  class AppModule {}
  const clients = new AwsClients(aws);
  const server = new SnsSqsServer({
    ...SERVER_OPTIONS,
    topology: jobsTopology(queue, maxReceiveCount),
    aws: clients,
    provision: 'off',
    ...(table !== undefined && {
      idempotency: { store: new DynamoDbIdempotencyStore(clients.dynamodb, table) },
    }),
  });
  const app = await NestFactory.create(AppModule, { logger: false });
  connectSnsSqs(app, server);
  await app.init();
  await app.startAllMicroservices();
  process.once('SIGTERM', () => {
    void app.close().then(() => process.exit(0));
  });
}

async function send({ aws, queue, maxReceiveCount, jobs }: ChildTask): Promise<void> {
  const topology = jobsTopology(queue, maxReceiveCount);
  const client = new SnsSqsClient({ topology, aws, provision: 'off' });
  await publish(client, jobs, (job) => tell({ sent: job }));
  await client.close();
}

Logger.overrideLogger(false);
const task = JSON.parse(process.argv[2] ?? '') as ChildTask;
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit(1));
if (task.role === 'consumer') await consume(task);
await tell('ready');
if (task.role === 'publisher') {
  await send(task);
  process.disconnect();
}
