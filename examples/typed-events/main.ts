import { Logger } from '@nestjs/common';
import { EmbeddedAws } from 'nestjs-sns-sqs/testing';
import { WeftError } from 'nestjs-sns-sqs';
import { createMessaging } from 'nestjs-sns-sqs/pubsub';
import { z } from 'zod';
import { OrderPlaced } from './order-placed.js';

Logger.overrideLogger(['warn', 'error']);
const embedded = await EmbeddedAws.start(); // in place of AWS
const messaging = createMessaging({
  aws: embedded.clientOptions(),
  environment: 'example',
  topic: 'orders',
  provision: 'create',
  server: { waitTimeS: 1 },
});
const [billed, paid] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];

// A class describes an event; a schema of zod or valibot does too.
const Paid = z.object({ order: z.string(), cents: z.int() });
messaging.subscribe(OrderPlaced, ({ id, cents, at }, { queue }) => {
  console.log(`${queue}: ${id} costs ${cents} cents since ${at.getUTCFullYear()}`);
  billed.resolve();
});
messaging.subscribe('payments', Paid, ({ order, cents }) => {
  console.log(`${order} is paid with ${cents} cents`);
  paid.resolve();
});
await messaging.runConsumer();
await messaging.publishEvent(OrderPlaced.of('o-1', 1200));
await billed.promise;
await messaging.publishEvent('payments', { order: 'o-1', cents: 1200 }, { schema: Paid });
await paid.promise;
await messaging
  .publishEvent(OrderPlaced.of('o-2', 0.5))
  .catch((error: unknown) => console.log(error instanceof WeftError ? error.message : error));

await messaging.close();
await embedded.stop();
