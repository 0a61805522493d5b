import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs } from 'nestjs-sns-sqs';
import { Checkout } from './checkout.js';
import { OrdersModule } from './orders.module.js';

const embedded = await EmbeddedAws.start(); // SNS and SQS in this process; not needed on AWS
const app = await NestFactory.create(OrdersModule.forRoot(embedded.clientOptions()), {
  logger: ['warn', 'error'],
});
app.enableShutdownHooks();
connectSnsSqs(app);
await app.init();
await app.startAllMicroservices();

const checkout = app.get(Checkout);
await checkout.place({ id: 'o-1', customer: 'Ada', amount: 1200 });
await checkout.place({ id: 'o-2', customer: 'nobody', amount: 1 }); // goes to billing-dlq, with the reason
console.log(`Ada owes ${await checkout.total('Ada')} cents; Ctrl-C ends the service`);
