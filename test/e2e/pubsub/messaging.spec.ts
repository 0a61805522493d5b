import { Logger } from '@nestjs/common';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { DeleteTopicCommand, PublishCommand } from '@aws-sdk/client-sns';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Expose, Type } from 'class-transformer';
import { IsDate, IsEnum, IsInt, IsString, Min, ValidateNested } from 'class-validator';
import { z } from 'zod';
import { DEAD_LETTER_REASON, RetryableError } from '../../../src/transport/index.js';
import {
  createMessaging,
  queueNameOf,
  SubscriptionNotFoundError,
  TopicNotFoundError,
  type Messaging,
  type MessagingConfig,
} from '../../../src/transport/pubsub/index.js';
import { startBriskStack, timeOf } from '../../support/brisk-stack.js';
import { TestStack, unique } from '../../support/transport.js';
import { waitForCount } from '../../support/wait.js';

const ENVIRONMENT = 'test';

enum Channel {
  Web = 'web',
  Shop = 'shop',
}

class Line {
  @IsString()
  sku = '';
  @IsInt()
  @Min(1)
  count = 0;
}

class OrderPlaced {
  @IsString()
  id = '';
  @Expose({ name: 'order_channel' })
  @IsEnum(Channel)
  channel = Channel.Web;
  @IsDate()
  @Type(() => Date)
  placedAt = new Date(0);
  @ValidateNested({ each: true })
  @Type(() => Line)
  lines: Line[] = [];
}

class Paid {
  @IsInt()
  cents = 0;
}

class Unchecked {
  id = '';
}

class DateWithoutType {
  @IsDate()
  at = new Date(0);
}

function orderOf(id: string, fields: Partial<OrderPlaced> = {}): OrderPlaced {
  const line = Object.assign(new Line(), { sku: 'tea', count: 2 });
  return Object.assign(new OrderPlaced(), {
    id,
    channel: Channel.Shop,
    placedAt: new Date('2026-11-26T10:00:00.000Z'),
    lines: [line],
    ...fields,
  });
}

let stack: TestStack;
const open: Messaging[] = [];

beforeAll(async () => {
  Logger.overrideLogger(false);
  stack = await startBriskStack();
});
afterEach(async () => {
  const closing = open.splice(0).map((messaging) => messaging.close());
  stack.endLongPolls();
  await Promise.all(closing);
});
afterAll(() => stack.stop());

function messagingFor(config: Partial<MessagingConfig> = {}): Messaging {
  const messaging = createMessaging({
    aws: stack.aws,
    environment: ENVIRONMENT,
    provision: 'create',
    ...config,
    server: {
      waitTimeS: 1,
      ackLingerMs: 5,
      retry: { baseS: 1, capS: 1 },
      ...timeOf(stack),
      ...config.server,
    },
  });
  open.push(messaging);
  return messaging;
}

describe('typed publish/subscribe without a Nest application', () => {
  it('brings an event to its handler as an instance, with nested classes, dates and enums', async () => {
    const topic = unique('orders');
    const messaging = messagingFor({ topic });
    const heard: OrderPlaced[] = [];
    messaging.subscribe(OrderPlaced, (order) => void heard.push(order));
    await messaging.runConsumer();
    await messaging.publishEvent(orderOf('o-1'));
    await waitForCount('events heard', () => heard, 1);
    expect(heard[0]).toBeInstanceOf(OrderPlaced);
    expect(heard[0]?.lines[0]).toBeInstanceOf(Line);
    expect(heard[0]).toEqual(orderOf('o-1'));
    await stack.emptied(queueNameOf(topic, ENVIRONMENT));
    expect(messaging.health()).toMatchObject([{ queue: queueNameOf(topic, ENVIRONMENT) }]);
  });

  it('writes the bare event as JSON, under the names its class gives the fields', async () => {
    const topic = unique('orders');
    const messaging = messagingFor({ topic });
    messaging.subscribe(Paid, () => undefined);
    await messaging.runConsumer();
    // A second subscriber's queue, which nobody consumes.
    const other = messagingFor({ topic, environment: 'other' });
    other.subscribe(OrderPlaced, () => undefined);
    await other.runConsumer();
    await other.close();
    await messaging.publishEvent(orderOf('o-2'));
    const message = await stack.take(queueNameOf(topic, 'other'));
    expect(JSON.parse(message.Body ?? '')).toEqual({
      id: 'o-2',
      order_channel: 'shop',
      placedAt: '2026-11-26T10:00:00.000Z',
      lines: [{ sku: 'tea', count: 2 }],
    });
  });

  it('keeps several topics and several handlers of one topic apart', async () => {
    const [orders, payments] = [unique('orders'), unique('payments')];
    const messaging = messagingFor();
    const heard: string[] = [];
    messaging
      .subscribe(orders, OrderPlaced, ({ id }) => void heard.push(`first ${id}`))
      .subscribe(orders, OrderPlaced, ({ id }) => void heard.push(`second ${id}`))
      .subscribe(payments, Paid, ({ cents }) => void heard.push(`paid ${cents}`));
    await messaging.runConsumer();
    await messaging.publishEvent(orders, orderOf('o-3'));
    await messaging.publishEvent(payments, Object.assign(new Paid(), { cents: 7 }));
    await waitForCount('calls of handlers', () => heard, 3);
    expect(heard.toSorted()).toEqual(['first o-3', 'paid 7', 'second o-3']);
  });

  it('drops unknown fields, and dead-letters what does not fit or is no JSON, with the reason', async () => {
    const topic = unique('payments');
    const queue = queueNameOf(topic, ENVIRONMENT);
    const messaging = messagingFor({ topic });
    const heard: unknown[] = [];
    messaging.subscribe(Paid, (paid) => void heard.push(paid));
    await messaging.runConsumer();
    await stack.put(queue, '{"cents":5,"note":"x","constructor":1}');
    await waitForCount('events heard', () => heard, 1);
    expect(heard).toEqual([Object.assign(new Paid(), { cents: 5 })]);
    for (const [body, reason] of [
      ['{"cents":"5"}', 'cents must be an integer number'],
      ['[]', 'must be an object that fits Paid'],
      ['cents=5', 'is not JSON'],
    ] as const) {
      await stack.put(queue, body);
      const dead = await stack.take(`${queue}-dlq`);
      expect(dead.Body).toBe(body);
      expect(dead.MessageAttributes?.[DEAD_LETTER_REASON]?.StringValue).toContain(reason);
    }
    await stack.emptied(queue);
    expect(heard).toHaveLength(1);
  });

  it('takes an event alike from SNS in its envelope, raw, and sent straight to the queue', async () => {
    const topic = unique('payments');
    const queue = queueNameOf(topic, ENVIRONMENT);
    const messaging = messagingFor({ topic });
    const heard: number[] = [];
    messaging.subscribe(Paid, ({ cents }) => void heard.push(cents));
    await messaging.runConsumer();
    const TopicArn = `arn:aws:sns:${stack.aws.region}:000000000000:${topic}`;
    await stack.aws.sns.send(new PublishCommand({ TopicArn, Message: '{"cents":1}' }));
    await stack.put(queue, '{"cents":2}');
    await stack.put(
      queue,
      JSON.stringify({
        Type: 'Notification',
        MessageId: '5d7d1b3c-0000-4000-8000-000000000000',
        TopicArn,
        Message: '{"cents":3}',
        Timestamp: '2026-11-26T10:00:00.000Z',
      }),
    );
    await waitForCount('events heard', () => heard, 3);
    expect(new Set(heard)).toEqual(new Set([1, 2, 3]));
  });

  it('never acknowledges what a handler failed: it is received again', async () => {
    const topic = unique('payments');
    const messaging = messagingFor({ topic });
    const receives: number[] = [];
    messaging.subscribe(Paid, (_, { receiveCount }) => {
      receives.push(receiveCount);
      if (receiveCount === 1) throw new RetryableError('later');
    });
    await messaging.runConsumer();
    await messaging.publishEvent(Object.assign(new Paid(), { cents: 1 }));
    await waitForCount('receives', () => receives, 2);
    expect(receives).toEqual([1, 2]);
    await stack.emptied(queueNameOf(topic, ENVIRONMENT));
  });

  it('checks events by a Standard Schema on both sides', async () => {
    const topic = unique('payments');
    const schema = z.object({ cents: z.int().positive(), at: z.coerce.date() });
    const messaging = messagingFor({ topic });
    const heard: z.infer<typeof schema>[] = [];
    messaging.subscribe(schema, (paid) => void heard.push(paid));
    await messaging.runConsumer();
    await expect(
      messaging.publishEvent({ cents: -1, at: new Date(0) }, { schema }),
    ).rejects.toMatchObject({
      code: 'WEFT_VALIDATION_FAILED',
      violations: [{ field: 'cents' }],
    });
    await messaging.publishEvent({ cents: 4, at: new Date(0), note: 'x' }, { schema });
    await waitForCount('events heard', () => heard, 1);
    expect(heard).toEqual([{ cents: 4, at: new Date(0) }]);
  });

  it('keeps the order of a FIFO topic, and asks for the message group it needs', async () => {
    const topic = `${unique('payments')}.fifo`;
    const messaging = messagingFor({ topic });
    const heard: number[] = [];
    messaging.subscribe(Paid, ({ cents }) => void heard.push(cents));
    await messaging.runConsumer();
    const paid = (cents: number) => Object.assign(new Paid(), { cents });
    await expect(messaging.publishEvent(paid(0))).rejects.toMatchObject({
      code: 'WEFT_INVALID_RECORD',
      message: expect.stringContaining('{ group }'),
    });
    for (const cents of [1, 2, 3]) await messaging.publishEvent(paid(cents), { group: 'ada' });
    await waitForCount('events heard', () => heard, 3);
    expect(heard).toEqual([1, 2, 3]);
  });

  it('uses the names that a mapping gives topics and queues', async () => {
    const [topic, queue] = [unique('prod-orders'), unique('billing-in')];
    const messaging = messagingFor({ topics: { orders: { topic, queue } } });
    const heard: string[] = [];
    messaging.subscribe('orders', OrderPlaced, ({ id }) => void heard.push(id));
    await messaging.runConsumer();
    await messaging.publishEvent('orders', orderOf('o-9'));
    await waitForCount('events heard', () => heard, 1);
    expect(messaging.health()).toMatchObject([{ queue }]);
    // By ARN the same topic is somebody else's, and published to all the same.
    const arn = `arn:aws:sns:${stack.aws.region}:000000000000:${topic}`;
    const publisher = messagingFor({ topics: { orders: { topic: arn } } });
    await publisher.publishEvent('orders', orderOf('o-10'));
    await waitForCount('events heard', () => heard, 2);
  });
});

describe('an event over the limit of its topic', () => {
  it('goes by the payload bucket', async () => {
    const payloadBucket = unique('payloads');
    await stack.aws.s3.send(new CreateBucketCommand({ Bucket: payloadBucket }));
    const messaging = messagingFor({ topic: unique('orders'), payloadBucket });
    const heard: string[] = [];
    messaging.subscribe(OrderPlaced, ({ id }) => void heard.push(id));
    await messaging.runConsumer();
    await messaging.publishEvent(orderOf('o'.repeat(300_000)));
    await waitForCount('events heard', () => heard, 1);
    expect(heard[0]).toHaveLength(300_000);
  });
});

describe('what typed publish/subscribe refuses', () => {
  it('is an event that does not fit its class, before anything is sent', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    const failure = messaging.publishEvent(
      orderOf('o-1', { lines: [Object.assign(new Line(), { sku: 'tea', count: 0 })] }),
    );
    await expect(failure).rejects.toMatchObject({
      code: 'WEFT_VALIDATION_FAILED',
      retryable: false,
      details: { violations: [{ field: 'lines.0.count' }] },
    });
  });

  it('is an event that its consumers could not read again, or that has no JSON', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    await expect(messaging.publishEvent(new DateWithoutType())).rejects.toMatchObject({
      violations: [{ field: 'at' }],
    });
    const circle: { cents: number; self?: unknown } = { cents: 1 };
    circle.self = circle;
    await expect(messaging.publishEvent(circle, { schema: Paid })).rejects.toThrow(
      'cannot be written as JSON',
    );
  });

  it('is an event of no class with checks, on either side', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    for (const event of [{ id: 'x' }, new Unchecked(), [], Object.create(null) as object])
      await expect(messaging.publishEvent(event)).rejects.toMatchObject({
        code: 'WEFT_VALIDATION_FAILED',
        message: expect.stringContaining('not an instance of a class with decorators'),
      });
    messaging.subscribe(Unchecked, () => undefined);
    await expect(messaging.runConsumer()).rejects.toThrow('Unchecked has no decorators');
  });

  it('is a consumer without a subscription, and a subscription after the start', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    await expect(messaging.runConsumer()).rejects.toThrow(SubscriptionNotFoundError);
    await expect(messaging.runConsumer()).rejects.toMatchObject({
      code: 'WEFT_SUBSCRIPTION_NOT_FOUND',
      retryable: false,
    });
    messaging.subscribe(Paid, () => undefined);
    await messaging.runConsumer();
    expect(() => messaging.subscribe(Paid, () => undefined)).toThrow('before runConsumer()');
  });

  it('is a topic that does not exist, until somebody makes it', async () => {
    const topic = unique('orders');
    const messaging = messagingFor({ topic, provision: 'verify' });
    const failure: unknown = await messaging
      .publishEvent(orderOf('o-1'))
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(TopicNotFoundError);
    expect(failure).toMatchObject({
      code: 'WEFT_TOPIC_NOT_FOUND',
      details: { topic, region: stack.aws.region },
      message: `Topic "${topic}" does not exist in ${stack.aws.region}. Create it, or start with provision: 'create'.`,
    });
    await messagingFor({ topic }).publishEvent(orderOf('o-2'));
    await messaging.publishEvent(orderOf('o-3'));
    const TopicArn = `arn:aws:sns:${stack.aws.region}:000000000000:${topic}`;
    await stack.aws.sns.send(new DeleteTopicCommand({ TopicArn }));
    await expect(messaging.publishEvent(orderOf('o-4'))).rejects.toThrow(TopicNotFoundError);
  });

  it('is an event over the limit where there is no payload bucket', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    await expect(messaging.publishEvent(orderOf('o'.repeat(300_000)))).rejects.toMatchObject({
      code: 'WEFT_MESSAGE_TOO_LARGE',
    });
  });

  it('is a configuration whose names cannot be, and a call that names no topic', async () => {
    for (const environment of ['', 'a b', 'x'.repeat(41)])
      expect(() => messagingFor({ environment })).toThrow('environment is');
    const messaging = messagingFor();
    await expect(messaging.publishEvent(orderOf('o-1'))).rejects.toThrow('AWS_TOPIC_NAME');
    expect(() => messaging.subscribe(Paid, () => undefined)).toThrow('AWS_TOPIC_NAME');
    await expect(messaging.publishEvent('no topic!', orderOf('o-1'))).rejects.toMatchObject({
      code: 'WEFT_TOPOLOGY',
    });
  });

  it('is a name made of a variable that is not set', async () => {
    const unset = undefined as unknown as string;
    expect(() => messagingFor({ environment: unset })).toThrow('environment is undefined');
    expect(() => messagingFor({ topics: { orders: { topic: unset } } })).toThrow(
      'topics.orders.topic is not set',
    );
    const messaging = messagingFor({ topic: unique('orders') });
    await expect(messaging.publishEvent(unset, orderOf('o-1'))).rejects.toThrow('is undefined');
    expect(() => messaging.subscribe(unset, Paid, () => undefined)).toThrow('is undefined');
  });

  it('is a queue of two topics', async () => {
    const messaging = messagingFor({ topics: { a: { queue: 'shared' }, b: { queue: 'shared' } } });
    messaging.subscribe('a', Paid, () => undefined).subscribe('b', Paid, () => undefined);
    await expect(messaging.runConsumer()).rejects.toThrow('queue shared: declared twice');
  });

  it('is an event after close()', async () => {
    const messaging = messagingFor({ topic: unique('orders') });
    await messaging.close();
    await expect(messaging.publishEvent(orderOf('o-1'))).rejects.toMatchObject({
      code: 'WEFT_CLIENT_CLOSED',
    });
  });
});
