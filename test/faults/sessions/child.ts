// A process of the service as far as sessions need it: it makes changes and relays notifications, to be killed.
import 'reflect-metadata';
import { once } from 'node:events';
import { Global, Logger, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { HealthIndicatorService } from '@nestjs/terminus';
import { AwsClients, type AwsClientsOptions } from '../../../src/aws/index.js';
import {
  SessionsModule,
  sessionsTopology,
  SessionsService,
  type SessionsOptions,
} from '../../../src/features/sessions/index.js';
import { HealthNotes } from '../../../src/platform/health/index.js';
import { OutboxModule, RELAY_OPTIONS } from '../../../src/platform/outbox/index.js';
import { createDocumentStore, DocumentStore } from '../../../src/platform/persistence/index.js';
import { MetricsRegistry } from '../../../src/platform/telemetry/metrics/index.js';
import { SnsSqsClient } from '../../../src/transport/index.js';

/** What one process of a row does. */
export interface SessionsTask {
  readonly aws: AwsClientsOptions;
  readonly options: SessionsOptions;
  readonly documentsDir: string;
  readonly sessions: readonly string[];
  /** Changes to make, one after the other in each session; 0 only relays. */
  readonly changes: number;
  /** Milliseconds without a sign of life after which another process takes over. */
  readonly leaseMs: number;
}

/** Said once the kernel has it: what this process says before it is killed is heard. */
const tell = (news: 'ready' | 'done' | { readonly written: string }): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(news, (error: Error | null) => (error ? reject(error) : resolve()));
  });

async function run(task: SessionsTask): Promise<void> {
  const store = await createDocumentStore({ kind: 'embedded', documentsDir: task.documentsDir });
  const client = new SnsSqsClient({
    topology: sessionsTopology(task.options),
    aws: task.aws,
    provision: 'off',
  });
  const surroundings = [
    { provide: DocumentStore, useValue: store },
    { provide: SnsSqsClient, useValue: client },
    { provide: AwsClients, useValue: new AwsClients(task.aws) },
    { provide: MetricsRegistry, useValue: new MetricsRegistry('weft') },
    { provide: HealthNotes, useValue: new HealthNotes(new HealthIndicatorService()) },
    { provide: RELAY_OPTIONS, useValue: { leaseMs: task.leaseMs, pollIntervalMs: 200 } },
  ];
  @Global()
  @Module({ providers: surroundings, exports: surroundings })
  class Surroundings {}
  @Module({
    imports: [Surroundings, OutboxModule, SessionsModule.forRoot({ options: task.options })],
  })
  class AppModule {}
  const app = await NestFactory.createApplicationContext(AppModule, { logger: false });
  const service = app.get(SessionsService);
  await tell('ready');
  await Promise.all(
    task.sessions.map(async (session) => {
      for (let n = 0; n < task.changes / task.sessions.length; n++) {
        await service.updateMetadata(session, { n, by: process.pid });
        await tell({ written: session });
      }
    }),
  );
}

Logger.overrideLogger(false);
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit(1));
const [task] = (await once(process, 'message')) as [SessionsTask];
await run(task);
await tell('done');
