import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, SnsSqsClient, SnsSqsServer } from 'nestjs-sns-sqs';
import { ReadingsModule, stored } from './readings.controller.js';

const topology = defineTopology({
  queues: [{ name: 'readings', patterns: ['reading.*'] }],
  routes: [{ patterns: ['reading.*'], queue: 'readings' }],
});

const embedded = await EmbeddedAws.start();
const options = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;
const app = await NestFactory.create(ReadingsModule, { logger: false });
connectSnsSqs(app, new SnsSqsServer({ ...options, waitTimeS: 1 }));
await app.init();
await app.startAllMicroservices();

const client = new SnsSqsClient(options);
const sensors = [1, 2, 3, 4, 5, 6].map((n) => ({ sensor: `s-${n}`, celsius: 20 + n }));
await Promise.all(sensors.map((reading) => lastValueFrom(client.emit('reading.taken', reading))));
console.log(`stored ${(await stored.promise).join(', ')}`);

await client.close();
await app.close();
await embedded.stop();
