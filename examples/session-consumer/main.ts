import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { connectSnsSqs, defineTopology, SnsSqsServer } from 'nestjs-sns-sqs';
import { METADATA_UPDATE_PATTERN, metadataCodec } from 'weft/sessions';
import { UpdatesController } from './updates.controller.js';

@Module({ controllers: [UpdatesController] })
class AppModule {}

// Weft sends to this queue and never receives from it.
const { SQS_METADATA_QUEUE_URL: name, AWS_REGION: region, PORT = '8081' } = process.env;
if (!name || !region) {
  console.error('Set AWS_REGION, and SQS_METADATA_QUEUE_URL as for the service');
  process.exit(1);
}
const topology = defineTopology({
  queues: [{ name, patterns: [METADATA_UPDATE_PATTERN], codec: metadataCodec }],
});

const app = await NestFactory.create(AppModule);
connectSnsSqs(app, new SnsSqsServer({ topology, aws: { region }, waitTimeS: 5 }));
app.enableShutdownHooks();
await app.init();
await app.startAllMicroservices();
await app.listen(Number(PORT), '127.0.0.1');
