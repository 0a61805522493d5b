import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { EventPattern } from '@nestjs/microservices';
// What "nestjs-sns-sqs" is made of: the package is not installed here.
import { defineTopology, prepareSnsSqs, SnsSqsServer } from '../../dist/transport/index.js';

const { clientConfig, queue } = JSON.parse(process.argv[2]);

class AppController {
  message() {
    process.send('first message');
  }
}
const handler = Object.getOwnPropertyDescriptor(AppController.prototype, 'message');
EventPattern('bench.message')(AppController.prototype, 'message', handler);
Controller()(AppController);

class AppModule {}
Module({ controllers: [AppController] })(AppModule);

const server = new SnsSqsServer({
  topology: defineTopology({
    queues: [{ name: queue.name, patterns: ['bench.*'], deadLetter: false }],
  }),
  aws: clientConfig,
});
const app = await NestFactory.createMicroservice(AppModule, {
  strategy: server,
  logger: ['error'],
});
prepareSnsSqs(app, app, server);
await app.listen();
process.send('listening');
