import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SqsMessageHandler, SqsModule } from '@ssut/nestjs-sqs';
import type { Contender } from '../contender.js';
import { clientOf, consumerOptions } from './peers.js';

const CONSUMERS = 4;
const NAMES = Array.from({ length: CONSUMERS }, (_, index) => `consumer-${index}`);

let onMessage: (body: string) => Promise<void> | undefined = () => undefined;

@Injectable()
class Handler {}
// One method a consumer, as the package looks them up by their decorator's name.
for (const name of NAMES) {
  const value = ({ Body: body = '' }: { Body?: string }): Promise<void> | undefined =>
    onMessage(body);
  const descriptor = { value, writable: true, configurable: true };
  Object.defineProperty(Handler.prototype, name, descriptor);
  SqsMessageHandler(name)(Handler.prototype, name, descriptor);
}

export const nestjsSqs: Contender = {
  name: '@ssut/nestjs-sqs',
  settings: `${CONSUMERS} consumers, batchSize 10, one message a handler`,
  share: 0.5,
  async start(course) {
    onMessage = (body) => {
      JSON.parse(body);
      return course.handle();
    };
    // The package brings types of the SDK it was built with.
    const common = { ...consumerOptions(course), sqs: clientOf(course) as never };
    const consumers = NAMES.map((name) => ({ ...common, name }));
    @Module({ imports: [SqsModule.register({ consumers, producers: [] })], providers: [Handler] })
    class PeerModule {}
    const app = await NestFactory.createApplicationContext(PeerModule, { logger: ['error'] });
    return { stop: () => app.close() };
  },
};
