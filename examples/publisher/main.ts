import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ClientsModule, type ClientProxy } from '@nestjs/microservices';
import { lastValueFrom } from 'rxjs';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { record, SnsSqsClient, WeftError } from 'nestjs-sns-sqs';
import { topology } from '../orders/orders.topology.js';

const embedded = await EmbeddedAws.start();
const options = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;

@Module({
  imports: [ClientsModule.register([{ name: 'ORDERS', customClass: SnsSqsClient, options }])],
})
class PublisherModule {}

const app = await NestFactory.createApplicationContext(PublisherModule, { logger: false });
const orders = app.get<ClientProxy>('ORDERS');

// Awaited one by one or all at once: events sent within a few milliseconds share calls of ten.
const ids = Array.from({ length: 25 }, (_, index) => `o-${index}`);
await Promise.all(ids.map((id) => lastValueFrom(orders.emit('order.placed', { id }))));
console.log(`SNS took ${ids.length} events`);

// The filter policies of subscriptions select messages by their attributes.
const urgent = record({ id: 'o-25' }).withAttributes({ priority: 'high', items: 3 }).build();
await lastValueFrom(orders.emit('order.placed', urgent));

await lastValueFrom(orders.emit('invoice.sent', {})).catch((error: unknown) =>
  console.log(error instanceof WeftError ? `${error.code}: ${error.message}` : error),
);

await app.close(); // sends waiting messages, then closes
await embedded.stop();
