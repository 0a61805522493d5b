import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { IsInt } from 'class-validator';
import { SnsSqsClient } from '../../../src/transport/index.js';
import { MemoryBroker } from '../../../src/transport/broker/memory/memory.broker.js';
import { EventPublisher, TopicNotFoundError } from '../../../src/transport/pubsub/index.js';
import { waitForCount } from '../../support/wait.js';

class OrderPlaced {
  @IsInt() id = 1;
}

describe('a publisher of events', () => {
  afterEach(() => {
    jest.restoreAllMocks();
  });

  it('closes no sooner than what it sends by, also to a topic that turned out not to exist', async () => {
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const closings = jest.spyOn(SnsSqsClient.prototype, 'close').mockImplementation(() => ended);
    const broker = new MemoryBroker();
    const publisher = new EventPublisher({ aws: broker, environment: 'test' }, broker);
    const refusal = await publisher
      .publishEvent('orders', new OrderPlaced())
      .catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(TopicNotFoundError);
    const order: string[] = [];
    const closed = publisher.close().then(() => order.push('publisher'));
    await waitForCount('closings', () => closings.mock.calls, 1);
    setImmediate(() => {
      order.push('client');
      end();
    });
    await closed;
    expect(order).toEqual(['client', 'publisher']);
  });
});
