import 'reflect-metadata';
import type { INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, SnsSqsClient, SnsSqsServer } from 'nestjs-sns-sqs';
import { waitFor } from 'nestjs-sns-sqs/testing';
import { Cache, CacheModule } from './cache.controller.js';

const changes = { name: 'setting-changes', patterns: ['setting.*'], from: [{ topic: 'settings' }] };
const topology = defineTopology({
  topics: [{ name: 'settings' }],
  queues: [{ ...changes, broadcast: true }], // each process makes its own queue of it
  routes: [{ patterns: ['setting.*'], topic: 'settings' }],
});

const embedded = await EmbeddedAws.start();
const options = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;

async function start(): Promise<INestApplication> {
  const app = await NestFactory.create(CacheModule, { logger: false });
  connectSnsSqs(app, new SnsSqsServer({ ...options, waitTimeS: 1 }));
  await app.init();
  await app.startAllMicroservices();
  return app;
}

const processes = [await start(), await start()]; // two of them, here in one
const client = new SnsSqsClient(options);
await lastValueFrom(client.emit('setting.changed', { key: 'theme' }));
await waitFor('every process to drop the entry', () =>
  processes.every((app) => !app.get(Cache).has('theme')),
);
console.log(`${processes.length} processes have forgotten the theme`);

await client.close();
await Promise.all(processes.map((app) => app.close()));
await embedded.stop();
