import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, record, SnsSqsClient, SnsSqsServer } from 'nestjs-sns-sqs';
import { NumbersModule } from './numbers.controller.js';

const topology = defineTopology({
  queues: [{ name: 'numbers', patterns: ['number.*'] }],
  routes: [{ patterns: ['number.*'], queue: 'numbers' }], // straight to the queue, without a topic
});

const embedded = await EmbeddedAws.start();
const options = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;
const app = await NestFactory.create(NumbersModule, { logger: false });
connectSnsSqs(app, new SnsSqsServer({ ...options, waitTimeS: 1 }));
await app.init();
await app.startAllMicroservices();

const client = new SnsSqsClient(options);
console.log('root of 9:', await firstValueFrom(client.send<number>('number.root', 9)));
console.log('count to 3:', await lastValueFrom(client.send('number.count', 3).pipe(toArray())));

const request = record(-1).withTimeout(5000).build(); // default: 60 s, then a RequestTimeoutError
await firstValueFrom(client.send('number.root', request)).catch((error: unknown) =>
  console.log('root of -1:', error),
);

await client.close(); // deletes this process's reply queue
await app.close();
await embedded.stop();
