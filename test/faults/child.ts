// A consumer or a publisher in a process of its own, to be killed. It loads first and waits for its task, so
// that one can stand by while another works.
import 'reflect-metadata';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  connectSnsSqs,
  SnsSqsClient,
  SnsSqsServer,
  type SnsSqsContext,
} from '../../src/transport/index.js';
import { systemClock, type Clock } from '../../src/transport/clock.js';
import type { ChildNews, ChildTask } from './child-task.js';
import { LoopWatch } from './loop.watch.js';
import { publish } from './publish.js';
import { RemoteStore } from './remote-store.js';
import { jobsTopology, SERVER_OPTIONS, worker } from './worker.js';

/** Milliseconds of a handler: some run whenever the process is killed. */
const WORK_MS = 20;

// Told once the kernel has it: what this process says before it is killed is heard.
const tell = (news: ChildNews): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(news, (error: Error | null) => (error ? reject(error) : resolve()));
  });

/** The same for every process of this machine, whatever their clocks say. */
const machineMs = (): number => Number(process.hrtime.bigint() / 1_000_000n);

/**
 * When the transport last read its clock. At the first line of a handler that is its look at the lease: a process that is stopped
 * between the two, or within the handler, cannot know it.
 */
let lookedAtMs = 0;

const watchedClock: Clock = {
  ...systemClock,
  monotonicMs: () => {
    lookedAtMs = machineMs();
    return systemClock.monotonicMs();
  },
};

async function consume({ aws, queue, store }: ChildTask): Promise<void> {
  const work = async (job: number, { receiveCount: receive }: SnsSqsContext): Promise<void> => {
    await tell({ began: job, receive, atMs: lookedAtMs });
    await sleep(WORK_MS);
    await tell({ handled: job, receive, atMs: machineMs() });
  };
  @Module({ controllers: [worker(work)] })
  class AppModule {}
  const server = new SnsSqsServer({
    ...SERVER_OPTIONS,
    clock: watchedClock,
    topology: jobsTopology(queue),
    aws,
    provision: 'off',
    ...(store && { idempotency: { store: new RemoteStore(tell) } }),
  });
  const app = await NestFactory.create(AppModule, { logger: false });
  connectSnsSqs(app, server);
  await app.init();
  await app.startAllMicroservices();
  process.once('SIGTERM', () => {
    void app.close().then(() => process.exit(0));
  });
}

async function send({ aws, queue, jobs }: ChildTask): Promise<void> {
  const client = new SnsSqsClient({ topology: jobsTopology(queue), aws, provision: 'off' });
  await publish([client], jobs, (job) => tell({ sent: job }));
  await client.close();
}

Logger.overrideLogger(false);
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit(1));
await tell('loaded');
const watch = new LoopWatch((stoodMs) => void tell({ stoodMs }).catch(() => undefined));
const [task] = (await once(process, 'message')) as [ChildTask];
if (task.role === 'consumer') await consume(task);
await tell('ready');
if (task.role === 'publisher') {
  await send(task);
  watch.stop();
  process.disconnect();
}
