// Typed publish/subscribe in a process whose environment is empty: everything it knows, it is told.
import { IsString } from 'class-validator';
import type { AwsClientsOptions } from 'nestjs-sns-sqs/aws';
import { createMessaging } from 'nestjs-sns-sqs/pubsub';

class OrderPlaced {
  @IsString()
  id = 'o-1';
}

const aws = JSON.parse(process.argv[2] ?? '') as AwsClientsOptions;
const config = { aws, environment: 'empty', topic: 'orders', provision: 'create' } as const;
const messaging = createMessaging({ ...config, server: { waitTimeS: 1 } });
messaging.subscribe(OrderPlaced, ({ id }) => console.log(`heard ${id}`));
await messaging.runConsumer({ stopOn: ['SIGTERM'] });
await messaging.publishEvent(new OrderPlaced());
