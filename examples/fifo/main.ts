import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { lastValueFrom } from 'rxjs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, record, SnsSqsClient, SnsSqsServer } from 'nestjs-sns-sqs';
import { AccountsModule, closed } from './accounts.controller.js';

const topology = defineTopology({
  queues: [{ name: 'accounts.fifo', patterns: ['account.*'] }], // FIFO by its name
  routes: [{ patterns: ['account.*'], queue: 'accounts.fifo' }],
});

const embedded = await EmbeddedAws.start();
const options = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;
const app = await NestFactory.create(AccountsModule, { logger: false });
connectSnsSqs(app, new SnsSqsServer({ ...options, waitTimeS: 1 }));
await app.init();
await app.startAllMicroservices();

const client = new SnsSqsClient(options);
for (const step of ['opened', 'paid in', 'paid out', 'closed']) {
  for (const account of ['Ada', 'Bob']) {
    // One message at a time within a group, in the order sent; groups are handled concurrently.
    const change = record(step).withGroup(account).build();
    await lastValueFrom(client.emit('account.changed', change));
  }
}
for (const step of await closed.promise) console.log(step);

await client.close();
await app.close();
await embedded.stop();
