import 'reflect-metadata';
import { Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { Contender, Course } from '../contender.js';
import { NESTJS_SQS } from './names.js';
import { clientOf, consumerOptions } from './peers.js';

const CONSUMERS = 4;
const NAMES = Array.from({ length: CONSUMERS }, (_, index) => `consumer-${index}`);

/** The module of an application; the package is loaded for it alone, not for every contender. */
async function peerModule(course: Course): Promise<object> {
  const { SqsMessageHandler, SqsModule } = await import('@ssut/nestjs-sqs');
  @Injectable()
  class Handler {}
  // One method a consumer, as the package looks them up by their decorator's name.
  for (const name of NAMES) {
    const value = ({ Body: body = '' }: { Body?: string }): Promise<void> | undefined => {
      JSON.parse(body);
      return course.handle();
    };
    const descriptor = { value, writable: true, configurable: true };
    Object.defineProperty(Handler.prototype, name, descriptor);
    SqsMessageHandler(name)(Handler.prototype, name, descriptor);
  }
  // The package brings types of the SDK it was built with.
  const common = { ...consumerOptions(course), sqs: clientOf(course) as never };
  const consumers = NAMES.map((name) => ({ ...common, name }));
  @Module({ imports: [SqsModule.register({ consumers, producers: [] })], providers: [Handler] })
  class PeerModule {}
  return PeerModule;
}

export const nestjsSqs: Contender = {
  name: NESTJS_SQS,
  settings: `${CONSUMERS} consumers, batchSize 10, one message a handler`,
  share: 0.5,
  async start(course) {
    const module = await peerModule(course);
    const app = await NestFactory.createApplicationContext(module, { logger: ['error'] });
    return { stop: () => app.close() };
  },
};
