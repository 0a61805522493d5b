import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { TopologyError } from '../../../../src/transport/errors/index.js';
import { defineTopology } from '../../../../src/transport/index.js';
import { HandlerRegistry } from '../../../../src/transport/server/handling/handler.registry.js';

const handler = (): MessageHandler => (() => undefined) as unknown as MessageHandler;

const ORDERS = { name: 'orders', patterns: ['order.*'], fallback: 'order.odd' };
const MAIL = { name: 'mail', patterns: ['mail.send'] };
const names = (pattern: string): string[] => (pattern === 'lost.one' ? ['Lost.one'] : []);
const topology = defineTopology({ queues: [ORDERS, MAIL] });

describe('finding the handlers of a message', () => {
  it('keeps every handler of an event, in the order they were added', () => {
    const registry = new HandlerRegistry();
    const [a, b] = [handler(), handler()];
    registry.add('order.placed', a, true);
    registry.add('order.placed', b, true);
    expect(registry.resolve(ORDERS, 'order.placed')?.handlers).toEqual([a, b]);
  });

  it('finds nothing on a queue that does not carry the pattern', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    expect(registry.resolve(MAIL, 'order.placed')).toBeUndefined();
    expect(registry.resolve(MAIL, 'mail.send')).toBeUndefined();
  });

  it('gives what no other handler takes to the fallback', () => {
    const registry = new HandlerRegistry();
    registry.add('order.odd', handler(), true);
    for (const pattern of ['order.x', 'mail.send', '__proto__', '', '*'])
      expect(registry.resolve(ORDERS, pattern)?.pattern).toBe('order.odd');
  });

  it.each(['*', 'order.*', '__proto__', 'constructor', ''])(
    'finds nothing for the pattern %j of a message',
    (pattern) => {
      const registry = new HandlerRegistry();
      registry.add('order.placed', handler(), true);
      expect(registry.resolve(ORDERS, pattern)).toBeUndefined();
    },
  );
});

describe('holding handlers against queues', () => {
  it('names at once every pattern that is claimed twice or carried by no queue, and what stands behind it', () => {
    const registry = new HandlerRegistry();
    registry.add('order.total', handler(), false);
    registry.add('order.total', handler(), false);
    registry.add('mail.send', handler(), false);
    registry.add('mail.send', handler(), true);
    registry.add('lost.one', handler(), true);
    expect(() => registry.check(topology, names)).toThrow(TopologyError);
    expect(() => registry.check(topology, names)).toThrow(
      [
        'Handlers and queues do not fit together:',
        'pattern "order.total": a request handler must be its only handler',
        'pattern "mail.send": a request handler must be its only handler',
        'pattern "lost.one" (Lost.one): no queue carries it; queues: orders, mail',
      ].join('\n  '),
    );
  });

  it('warns of a queue nobody handles', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    expect(registry.check(topology, () => [])).toEqual([
      expect.stringMatching(/^Queue mail carries mail\.send, but no handler takes any of it/),
    ]);
  });

  it('is content with a fallback', () => {
    const registry = new HandlerRegistry();
    registry.add('order.odd', handler(), true);
    registry.add('mail.send', handler(), false);
    expect(registry.check(topology, () => [])).toEqual([]);
  });
});
