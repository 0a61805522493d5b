import 'reflect-metadata';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SqsMessageHandler, SqsModule } from '@ssut/nestjs-sqs';

const { clientConfig, queue } = JSON.parse(process.argv[2]);

class Handler {
  async message() {
    process.send('first message');
  }
}
const handler = Object.getOwnPropertyDescriptor(Handler.prototype, 'message');
SqsMessageHandler('bench')(Handler.prototype, 'message', handler);
Injectable()(Handler);

const consumer = {
  name: 'bench',
  queueUrl: queue.url,
  sqs: new SQSClient(clientConfig),
  batchSize: 10,
};
class AppModule {}
Module({
  imports: [SqsModule.register({ consumers: [consumer], producers: [] })],
  providers: [Handler],
})(AppModule);

await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
process.send('listening');
