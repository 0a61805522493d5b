import 'reflect-metadata';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { SqsMessageHandler, SqsModule } from '@ssut/nestjs-sqs';
import { Consumer } from 'sqs-consumer';
import { Producer } from 'sqs-producer';
import { atOnce, countCalls, type Contender, type Course } from '../contender.js';

const BATCH = 10;

function clientOf({ clientConfig, called }: Course): SQSClient {
  const sqs = new SQSClient(clientConfig);
  countCalls(sqs, called);
  return sqs;
}

function sqsConsumer(consumers: number, batch: boolean): Contender {
  return {
    name: batch ? 'sqs-consumer, batch handler' : 'sqs-consumer',
    settings: `${consumers} consumers, batchSize ${BATCH}, ${batch ? 'handleMessageBatch' : 'handleMessage'}`,
    start(course) {
      const sqs = clientOf(course);
      const common = {
        queueUrl: course.queueUrl,
        sqs,
        batchSize: BATCH,
        waitTimeSeconds: 1,
        messageAttributeNames: ['All'],
      };
      const handle = ({ Body: body = '' }: { Body?: string | undefined }): void => {
        JSON.parse(body);
        course.done();
      };
      const running = Array.from({ length: consumers }, () =>
        Consumer.create({
          ...common,
          ...(batch
            ? {
                handleMessageBatch: (messages) => {
                  messages.forEach(handle);
                  return Promise.resolve(messages);
                },
              }
            : {
                handleMessage: (message) => {
                  handle(message);
                  return Promise.resolve(message);
                },
              }),
        }),
      );
      for (const consumer of running) consumer.start();
      return Promise.resolve({
        stop: () => {
          for (const consumer of running) consumer.stop();
          return Promise.resolve();
        },
      });
    },
  };
}

export const sqsConsumerSingle = sqsConsumer(4, false);
export const sqsConsumerBatch = sqsConsumer(8, true);

const NESTJS_SQS_CONSUMERS = 4;

let onMessage: (body: string) => void = () => undefined;

class NestjsSqsHandler {
  static readonly names = Array.from(
    { length: NESTJS_SQS_CONSUMERS },
    (_, index) => `consumer-${index}`,
  );

  handle({ Body: body = '' }: { Body?: string }): void {
    onMessage(body);
  }
}
// One method a consumer, as the package looks them up by their decorator's name.
for (const name of NestjsSqsHandler.names) {
  const handle = function (this: NestjsSqsHandler, message: { Body?: string }): void {
    NestjsSqsHandler.prototype.handle.call(this, message);
  };
  Object.defineProperty(NestjsSqsHandler.prototype, name, {
    value: handle,
    writable: true,
    configurable: true,
  });
  const descriptor = Object.getOwnPropertyDescriptor(NestjsSqsHandler.prototype, name);
  if (descriptor) SqsMessageHandler(name)(NestjsSqsHandler.prototype, name, descriptor);
}

export const nestjsSqs: Contender = {
  name: '@ssut/nestjs-sqs',
  settings: `${NESTJS_SQS_CONSUMERS} consumers, batchSize ${BATCH}, one message a handler`,
  async start(course) {
    onMessage = (body) => {
      JSON.parse(body);
      course.done();
    };
    const sqs = clientOf(course);
    const consumers = NestjsSqsHandler.names.map((name) => ({
      name,
      queueUrl: course.queueUrl,
      // The package brings types of the SDK it was built with.
      sqs: sqs as never,
      batchSize: BATCH,
      waitTimeSeconds: 1,
      messageAttributeNames: ['All'],
    }));
    @Module({
      imports: [SqsModule.register({ consumers, producers: [] })],
      providers: [NestjsSqsHandler],
    })
    class PeerModule {}
    const app = await NestFactory.createApplicationContext(PeerModule, { logger: ['error'] });
    return { stop: () => app.close() };
  },
};

const SENDS_AT_ONCE = 100;

export const sqsProducer: Contender = {
  name: 'sqs-producer',
  settings: `one send a message, ${SENDS_AT_ONCE} under way`,
  async start(course) {
    const producer = Producer.create({ queueUrl: course.queueUrl, sqs: clientOf(course) });
    await atOnce(course.messages, SENDS_AT_ONCE, async (index) => {
      await producer.send({ id: String(index), body: course.body });
      course.done();
    });
    return { stop: () => Promise.resolve() };
  },
};
