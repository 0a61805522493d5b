// A process that stores users with their tasks, and runs tasks, to be killed.
import 'reflect-metadata';
import assert from 'node:assert';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Global, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AwsClientsOptions } from '../../../src/aws/index.js';
import {
  EventBusModule,
  eventBusTopology,
  type EventBusOptions,
} from '../../../src/messaging/event-bus/index.js';
import {
  TaskHandle,
  TasksModule,
  tasksTopology,
  type TasksOptions,
} from '../../../src/messaging/tasks/index.js';
import { taskToken } from '../../../src/messaging/tasks/task.decorator.js';
import { OutboxModule, RELAY_OPTIONS } from '../../../src/platform/outbox/index.js';
import {
  DocumentStore,
  DuplicateKeyError,
  PersistenceModule,
} from '../../../src/platform/persistence/index.js';
import { connectSnsSqs, mergeTopologies, SnsSqsModule } from '../../../src/transport/index.js';
import { User, USER_REPOSITORY, USERS, userTasks } from './users.fixture.js';

export interface KilledWork {
  readonly aws: AwsClientsOptions;
  readonly bus: EventBusOptions;
  readonly queue: string;
  readonly documentsDir: string;
  /** Users to store, by id. */
  readonly users: Readonly<Record<string, string>>;
  /** Whether instances are deleted when their events are out. */
  readonly pass: boolean;
}

/** How the documents stand. */
export interface KilledState {
  readonly users: number;
  readonly active: number;
  readonly withOutcome: number;
  readonly waiting: number;
}

const LEASE_MS = 1_500;
const REPORT_MS = 50;
const STORE_PAUSE_MS = 10;

async function run(work: KilledWork): Promise<void> {
  const { RegisterUserTask, PassingUserTask } = userTasks(User, 15);
  const task = work.pass ? PassingUserTask : RegisterUserTask;
  const tasks: TasksOptions = {
    tasks: [task],
    repositories: [USER_REPOSITORY],
    queue: { name: work.queue, visibilityTimeoutS: 2 },
  };
  const relay = [{ provide: RELAY_OPTIONS, useValue: { leaseMs: LEASE_MS, pollIntervalMs: 100 } }];
  @Global()
  @Module({ providers: relay, exports: relay })
  class RelayOptionsModule {}
  @Module({
    imports: [
      RelayOptionsModule,
      PersistenceModule.forRoot({ kind: 'embedded', documentsDir: work.documentsDir }),
      SnsSqsModule.forRoot({
        topology: mergeTopologies(eventBusTopology(work.bus), tasksTopology(tasks)),
        aws: work.aws,
        provision: 'create',
        server: { waitTimeS: 1, concurrency: 4 },
      }),
      OutboxModule,
      EventBusModule.forRoot(work.bus),
      TasksModule.forRoot(tasks),
    ],
    providers: [task],
  })
  class AppModule {}
  const app = await NestFactory.create(AppModule, { logger: false });
  connectSnsSqs(app);
  await app.init();
  const users = app.get<DocumentStore>(DocumentStore).collection(USERS);
  const handle = app.get<TaskHandle>(taskToken(task));
  await app.startAllMicroservices();
  process.send?.('ready');
  for (const [id, email] of Object.entries(work.users)) {
    const entry = handle.entry({ userId: id });
    await users
      .insert({ _id: id, email, isActive: false, outbox: [entry] })
      // Stored by a process that was killed before it could say so.
      .catch((error: unknown) => assert(error instanceof DuplicateKeyError));
    process.send?.({ stored: id });
    // So slowly that some lives end while users are stored.
    await sleep(STORE_PAUSE_MS);
  }
  setInterval(() => {
    void (async () => {
      const all = await users.find({});
      const state: KilledState = {
        users: all.length,
        active: all.filter(({ isActive }) => isActive).length,
        withOutcome: all.filter((user) => 'task_outcomes' in user).length,
        waiting: all.filter(({ outbox = [] }) => outbox.length > 0).length,
      };
      process.send?.({ state });
    })();
  }, REPORT_MS);
}

Logger.overrideLogger(false);
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit(1));
const [work] = (await once(process, 'message')) as [KilledWork];
await run(work);
