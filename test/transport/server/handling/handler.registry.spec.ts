import { describe, expect, it } from '@jest/globals';
import type { MessageHandler } from '@nestjs/microservices';
import { defineTopology } from '../../../../src/transport/index.js';
import type { DeclaredHandler } from '../../../../src/transport/server/handling/declared-handlers.js';
import { handlerFaults, handlerWarnings } from '../../../../src/transport/server/handler.faults.js';
import { HandlerRegistry } from '../../../../src/transport/server/handling/handler.registry.js';

const handler = (): MessageHandler => (() => undefined) as unknown as MessageHandler;

const ORDERS = { name: 'orders', patterns: ['order.*'], fallback: 'order.odd' };
const MAIL = { name: 'mail', patterns: ['mail.send'] };
const ANY = { name: 'any', patterns: ['*'] };
const topology = defineTopology({ queues: [ORDERS, MAIL] });

const declared = (pattern: unknown, name: string, controller: object = {}): DeclaredHandler => ({
  name,
  place: name,
  unstable: undefined,
  controller,
  prototype: controller,
  method: name,
  pattern,
  transport: undefined,
});

const faultsOf = (registry: HandlerRegistry, remembers = false): string[] =>
  handlerFaults(registry, { topology, remembers: remembers ? 'beyond' : 'nowhere' });

const called = (registry: HandlerRegistry, pattern: string): unknown[] | undefined =>
  registry.resolve(ANY, pattern)?.handlers.map(({ call }) => call);

describe('the handlers of a message', () => {
  it('are all that were registered for an event, in the order they were added', () => {
    const registry = new HandlerRegistry();
    const [a, b] = [handler(), handler()];
    registry.add('order.placed', a, true);
    registry.add('order.placed', b, true);
    expect(registry.resolve(ORDERS, 'order.placed')?.handlers.map(({ call }) => call)).toEqual([
      a,
      b,
    ]);
  });

  it('are none on a queue that does not carry the pattern', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    expect(registry.resolve(MAIL, 'order.placed')).toBeUndefined();
    expect(registry.resolve(MAIL, 'mail.send')).toBeUndefined();
  });

  it('are those of the fallback when no other handler takes the pattern', () => {
    const registry = new HandlerRegistry();
    registry.add('order.odd', handler(), true);
    for (const pattern of ['order.x', 'mail.send', '__proto__', '', '*'])
      expect(registry.resolve(ORDERS, pattern)?.pattern).toBe('order.odd');
  });

  it.each(['*', 'order.*', '__proto__', 'constructor', ''])(
    'are none for a message whose pattern is %j when no handler has a wildcard',
    (pattern) => {
      const registry = new HandlerRegistry();
      registry.add('order.placed', handler(), true);
      expect(registry.resolve(ORDERS, pattern)).toBeUndefined();
    },
  );

  it('include each event handler whose wildcard fits the pattern, and the most exact pattern names them', () => {
    const registry = new HandlerRegistry();
    const [all, orders, placed] = [handler(), handler(), handler()];
    registry.add('*', all, true);
    registry.add('order.*', orders, true);
    registry.add('order.placed', placed, true);
    expect(called(registry, 'order.placed')).toEqual([placed, all, orders]);
    expect(called(registry, 'order.paid.late')).toEqual([orders, all]);
    expect(called(registry, 'mail.sent')).toEqual([all]);
    expect(registry.resolve(ANY, 'order.paid')?.pattern).toBe('order.*');
    expect({ handles: registry.handles(MAIL) }).toEqual({ handles: true });
  });
});

describe('handlers that cannot work as they are declared', () => {
  it('are all named at once: every pattern claimed twice or carried by no queue, and where it stands', () => {
    const registry = new HandlerRegistry();
    registry.add('order.total', handler(), false);
    registry.add('order.total', handler(), false);
    registry.add('mail.send', handler(), false);
    registry.add('mail.send', handler(), true);
    registry.add('lost.one', handler(), true);
    registry.name([declared('lost.one', 'Lost.one')], (pattern) => pattern);
    expect(faultsOf(registry)).toEqual([
      'pattern "order.total": a request handler must be its only handler',
      'pattern "mail.send": a request handler must be its only handler',
      expect.stringMatching(
        /^pattern "lost.one" \(Lost.one\): no queue carries it; queues: orders, mail\. .*name that one in its decorator/,
      ),
    ]);
  });

  it('are a request handler and a wildcard that fits it as well', () => {
    const registry = new HandlerRegistry();
    registry.add('order.total', handler(), false);
    registry.add('order.*', handler(), true);
    expect(faultsOf(registry)).toEqual([
      'pattern "order.total": a request handler must be its only handler, and pattern "order.*" takes it too',
    ]);
  });

  it('are handlers of the same name where a store remembers their work', () => {
    const registry = new HandlerRegistry();
    for (const pattern of ['order.placed', 'order.placed', 'order.paid'])
      registry.add(pattern, handler(), true);
    const one = {};
    registry.name(
      [
        declared('order.placed', 'Mail.on', one),
        declared('order.placed', 'Mail.on', {}),
        declared('order.paid', 'Mail.on', one),
      ],
      (pattern) => pattern,
    );
    expect(faultsOf(registry)).toEqual([]);
    expect(faultsOf(registry, true)).toEqual([
      expect.stringMatching(
        /^handlers Mail.on and Mail.on are both called "Mail.on".*@HandlerName/,
      ),
    ]);
  });

  it('are handlers without a name where a store remembers their work', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    expect(faultsOf(registry, true)).toEqual([
      expect.stringMatching(
        /^pattern "order.placed": .*not known: connect the server by connectSnsSqs/,
      ),
    ]);
  });
});

describe('warnings at start', () => {
  it('name a queue that no handler takes anything of', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    registry.add('order.odd', handler(), true);
    expect(handlerWarnings(registry, topology)).toEqual([
      expect.stringMatching(/^Queue mail carries mail\.send, but no handler takes any of it/),
    ]);
  });

  it('name a fallback that no handler takes', () => {
    const registry = new HandlerRegistry();
    registry.add('order.placed', handler(), true);
    registry.add('mail.send', handler(), true);
    expect(handlerWarnings(registry, topology)).toEqual([
      expect.stringMatching(/^Queue orders has the fallback "order.odd", which no handler takes/),
    ]);
  });

  it('are none where every queue and fallback has a handler', () => {
    const registry = new HandlerRegistry();
    registry.add('order.odd', handler(), true);
    registry.add('mail.send', handler(), false);
    expect(handlerFaults(registry, { topology, remembers: 'nowhere' })).toEqual([]);
    expect(handlerWarnings(registry, topology)).toEqual([]);
  });
});
