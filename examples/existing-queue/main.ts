import 'reflect-metadata';
import { CreateQueueCommand, SendMessageCommand } from '@aws-sdk/client-sqs';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { IsNumber, IsString } from 'class-validator';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { connectSnsSqs, defineTopology, jsonCodec, SnsSqsModule } from 'nestjs-sns-sqs';
import type { SnsSqsContext } from 'nestjs-sns-sqs';

class Invoice {
  @IsString() customer!: string;
  @IsNumber() cents!: number;
}

const received = Promise.withResolvers<void>();

@Controller()
class InvoicesController {
  // Nest's own decorator serves as well; @OnEvent would also type and check what the method takes.
  @EventPattern<string>('invoice.written')
  written(@Payload() { customer, cents }: Invoice, @Ctx() { receiveCount }: SnsSqsContext): void {
    console.log(`${customer} owes ${cents} cents (receive ${receiveCount})`);
    received.resolve();
  }
}

// In place of AWS: a queue that somebody else has made, with settings of their own.
const embedded = await EmbeddedAws.start();
const aws = new AwsClients(embedded.clientOptions());
const attributes = { VisibilityTimeout: '45', MessageRetentionPeriod: '1209600' };
const create = new CreateQueueCommand({ QueueName: 'invoices', Attributes: attributes });
const { QueueUrl = '' } = await aws.sqs.send(create);

const topology = defineTopology({
  queues: [
    {
      name: QueueUrl, // a URL or an ARN: the queue is used as it is, and never changed
      patterns: ['invoice.written'],
      codec: jsonCodec('invoice.written'), // its messages are plain JSON that names no pattern
    },
  ],
});

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

// In place of somebody else's producer.
const MessageBody = JSON.stringify({ customer: 'Ada', cents: 1200 });
await aws.sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
await received.promise;

await app.close();
aws.destroy();
await embedded.stop();
