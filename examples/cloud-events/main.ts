import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, SnsSqsClient, SnsSqsModule } from 'nestjs-sns-sqs';
import { OrdersController } from './orders.controller.js';
import { topology } from './orders.topology.js';

const embedded = await EmbeddedAws.start(); // in place of AWS
const transport = { topology, aws: embedded.clientOptions(), provision: 'create' } as const;

@Module({
  imports: [SnsSqsModule.forRoot({ ...transport, server: { waitTimeS: 1 } })],
  controllers: [OrdersController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
connectSnsSqs(app);
await app.init();
await app.startAllMicroservices();

const order = { customer: 'Ada', note: 'please ring twice '.repeat(1000) }; // compressed
app.get(SnsSqsClient).emit('com.shop.order.placed', order); // hot: sent as it is called
await app.get(OrdersController).first.promise;

await app.close();
await embedded.stop();
