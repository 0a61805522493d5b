import { afterEach, describe, expect } from '@jest/globals';
import { Type } from 'class-transformer';
import { IsDate, IsInt, IsString } from 'class-validator';
import {
  createMessaging,
  queueNameOf,
  TopicNotFoundError,
  type Messaging,
  type MessagingConfig,
} from '../../../src/transport/pubsub/index.js';
import { unique } from '../../support/transport.js';
import { waitFor } from '../../support/wait.js';
import { shows } from '../engine.js';
import { Bench } from './harness.js';

const bench = new Bench();
const open: Messaging[] = [];

afterEach(async () => {
  const closed = open.splice(0).map((messaging) => messaging.close());
  bench.stack.endLongPolls();
  await Promise.all(closed);
});

class Paid {
  @IsString()
  id = '';
  @IsInt()
  cents = 0;
  @IsDate()
  @Type(() => Date)
  at = new Date(0);
}

const paid = (id: string): Paid =>
  Object.assign(new Paid(), { id, cents: 7, at: new Date('2026-11-26T10:00:00Z') });

function messagingFor(config: Partial<MessagingConfig>): Messaging {
  const messaging = createMessaging({
    aws: bench.stack.aws,
    environment: 'engine',
    provision: 'create',
    server: { waitTimeS: 1, ...bench.time },
    ...config,
  });
  open.push(messaging);
  return messaging;
}

describe('Typed publish/subscribe', () => {
  shows('an event reaches the handlers of its topic, as an instance', ['sns'], async () => {
    const messaging = messagingFor({ topic: unique('paid') });
    const heard: Paid[] = [];
    messaging.subscribe(Paid, (event) => void heard.push(event));
    await messaging.runConsumer();
    await messaging.publishEvent(paid('p-1'));
    await waitFor('the event', () => heard, { until: ({ length }) => length === 1 });
    expect(heard).toEqual([paid('p-1')]);
  });

  shows('what does not fit its class is dead-lettered', ['sns'], async () => {
    const topic = unique('paid');
    const messaging = messagingFor({ topic });
    messaging.subscribe(Paid, () => undefined);
    await messaging.runConsumer();
    await bench.stack.put(queueNameOf(topic, 'engine'), '{"id":7}');
    expect((await bench.stack.take(`${queueNameOf(topic, 'engine')}-dlq`)).Body).toBe('{"id":7}');
  });

  shows(
    'events of a FIFO topic keep the order of their group',
    ['sns', 'groupComesBackInOrder'],
    async () => {
      const messaging = messagingFor({ topic: `${unique('paid')}.fifo` });
      const heard: string[] = [];
      messaging.subscribe(Paid, ({ id }) => void heard.push(id));
      await messaging.runConsumer();
      for (const id of ['1', '2', '3']) await messaging.publishEvent(paid(id), { group: 'ada' });
      await waitFor('three events', () => heard, { until: ({ length }) => length === 3 });
      expect(heard).toEqual(['1', '2', '3']);
    },
  );

  shows('a topic that does not exist is named', ['sns'], async () => {
    const messaging = messagingFor({ topic: unique('none'), provision: 'verify' });
    await expect(messaging.publishEvent(paid('p-1'))).rejects.toThrow(TopicNotFoundError);
  });
});
