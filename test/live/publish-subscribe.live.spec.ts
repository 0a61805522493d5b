// Against AWS itself, and so off unless WEFT_LIVE_AWS=1 (jest.config.js). Everything it makes has the name of its run,
// and is deleted at the end, also of a run that failed: docs/pubsub.md#against-aws-itself.
import { randomUUID } from 'node:crypto';
import { CreateTopicCommand, DeleteTopicCommand } from '@aws-sdk/client-sns';
import {
  DeleteQueueCommand,
  GetQueueUrlCommand,
  ReceiveMessageCommand,
  type Message,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString } from 'class-validator';
import { AwsClients } from 'nestjs-sns-sqs/aws';
import {
  createMessaging,
  messagingConfig,
  queueNameOf,
  type Messaging,
} from 'nestjs-sns-sqs/pubsub';
import { waitFor } from '../support/wait.js';

const TIME_LIMIT_MS = 120_000;
const ENVIRONMENT = 'live';

class OrderPlaced {
  @IsString()
  id = '';
  @IsInt()
  cents = 0;
  @IsDate()
  @Type(() => Date)
  at = new Date(0);
}

const order = (id: string): OrderPlaced =>
  Object.assign(new OrderPlaced(), { id, cents: 1200, at: new Date('2026-11-26T10:00:00Z') });

const topic = `weft-live-${randomUUID().slice(0, 8)}`;
const queue = queueNameOf(topic, ENVIRONMENT);

let aws: AwsClients;
const open: Messaging[] = [];

function messaging(): Messaging {
  const config = messagingConfig({ ...process.env, AWS_TOPIC_NAME: topic });
  const made = createMessaging({ ...config, aws, environment: ENVIRONMENT, provision: 'create' });
  open.push(made);
  return made;
}

async function queueUrl(name: string): Promise<string> {
  const { QueueUrl: url = '' } = await aws.sqs.send(new GetQueueUrlCommand({ QueueName: name }));
  return url;
}

/** To create a topic that is there is to ask for its ARN; its subscriptions go with it. */
async function deleteTopic(): Promise<void> {
  const { TopicArn } = await aws.sns.send(new CreateTopicCommand({ Name: topic }));
  await aws.sns.send(new DeleteTopicCommand({ TopicArn }));
}

/** The next message of the queue; deleted, as nobody else will. */
async function received(name: string): Promise<Message> {
  const QueueUrl = await queueUrl(name);
  return waitFor(
    `a message on ${name}`,
    async () => {
      const { Messages: messages = [] } = await aws.sqs.send(
        new ReceiveMessageCommand({ QueueUrl, WaitTimeSeconds: 5 }),
      );
      return messages[0];
    },
    { timeoutMs: TIME_LIMIT_MS / 2 },
  );
}

beforeAll(() => {
  aws = new AwsClients(
    // Credentials are what the SDK finds, as in production.
    { region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? '' },
  );
});

afterAll(async () => {
  await Promise.allSettled(open.map((one) => one.close()));
  await Promise.allSettled([
    deleteTopic(),
    ...[queue, `${queue}-dlq`].map(async (name) =>
      aws.sqs.send(new DeleteQueueCommand({ QueueUrl: await queueUrl(name) })),
    ),
  ]);
  aws.destroy();
}, TIME_LIMIT_MS);

describe('typed publish/subscribe on AWS', () => {
  it(
    'publishes an event that its queue receives, as the bare JSON',
    async () => {
      const subscriber = messaging();
      subscriber.subscribe(OrderPlaced, () => undefined);
      await subscriber.runConsumer();
      await subscriber.close();
      await messaging().publishEvent(order('o-1'));
      const { Body: body = '' } = await received(queue);
      expect(JSON.parse(body)).toEqual({ id: 'o-1', cents: 1200, at: '2026-11-26T10:00:00.000Z' });
    },
    TIME_LIMIT_MS,
  );

  it(
    'consumes an event as an instance of its class, and dead-letters one that does not fit',
    async () => {
      const both = messaging();
      const heard: OrderPlaced[] = [];
      both.subscribe(OrderPlaced, (event) => void (event.id === 'o-2' && heard.push(event)));
      await both.runConsumer();
      await both.publishEvent(order('o-2'));
      await waitFor('the event', () => heard.length > 0, { timeoutMs: TIME_LIMIT_MS / 2 });
      expect(heard[0]).toEqual(order('o-2'));
      await both.publishEvent({ id: 7 }, { schema: anything });
      expect((await received(`${queue}-dlq`)).Body).toBe('{"id":7}');
    },
    TIME_LIMIT_MS,
  );
});

/** Lets everything through, as a publisher in another language may. */
const anything = {
  '~standard': { version: 1, vendor: 'test', validate: (value: unknown) => ({ value }) },
} as const;
