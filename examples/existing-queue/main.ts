import 'reflect-metadata';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, jsonCodec, SnsSqsModule } from 'nestjs-sns-sqs';
import { InvoicesController } from './invoices.controller.js';

const embedded = await EmbeddedAws.start(); // in place of AWS, for an existing queue
const aws = new AwsClients(embedded.clientOptions());
const create = new CreateQueueCommand({ QueueName: 'invoices' });
const { QueueUrl = '' } = await aws.sqs.send(create);

const patterns = ['invoice.written'];
const codec = jsonCodec('invoice.written'); // plain JSON that names no pattern
const topology = defineTopology({ queues: [{ name: QueueUrl, patterns, codec }] }); // a URL or an ARN

@Module({
  imports: [
    SnsSqsModule.forRoot({ topology, aws: embedded.clientOptions(), server: { waitTimeS: 1 } }),
  ],
  controllers: [InvoicesController],
})
class AppModule {}

const app = await NestFactory.create(AppModule, { logger: false });
connectSnsSqs(app);
await app.init();
await app.startAllMicroservices();

const MessageBody = '{"customer":"Ada","cents":1200}'; // another program would send this
await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
await app.get(InvoicesController).first.promise;

await app.close();
aws.destroy();
await embedded.stop();
