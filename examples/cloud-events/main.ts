// CloudEvents 1.0 over a topic, compressed where they are large: docs/codecs.md
import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import {
  cloudEventsCodec,
  compressed,
  connectSnsSqs,
  defineTopology,
  SnsSqsClient,
  SnsSqsModule,
} from 'nestjs-sns-sqs';
import { lastValueFrom } from 'rxjs';
import { OrdersController } from './orders.controller.js';

const codec = compressed(
  cloudEventsCodec({ source: '/shop/orders', attributes: () => ({ subject: 'orders/7' }) }),
);
const patterns = ['com.shop.*'];
const topology = defineTopology({
  topics: [{ name: 'orders' }],
  queues: [{ name: 'billing', patterns, from: [{ topic: 'orders' }], codec }],
  routes: [{ patterns, topic: 'orders', codec }],
});

const embedded = await EmbeddedAws.start(); // in place of AWS

@Module({
  imports: [
    SnsSqsModule.forRoot({
      topology,
      aws: embedded.clientOptions(),
      provision: 'create',
      server: { waitTimeS: 1 },
    }),
  ],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
connectSnsSqs(app);
await app.init();
await app.startAllMicroservices();

const order = { customer: 'Ada', note: 'please ring twice '.repeat(1000) }; // compressed
const sent = app.get(SnsSqsClient).emit('com.shop.order.placed', order);
await lastValueFrom(sent, { defaultValue: undefined });
await app.get(OrdersController).first.promise;

await app.close();
await embedded.stop();
