import { describe, expect, it } from '@jest/globals';
import type { AsyncApiDocument } from '../../../src/features/schemas/asyncapi.document.js';
import { breakingChanges } from '../../../src/features/schemas/breaking.changes.js';

type Json = Readonly<Record<string, unknown>>;

interface Parts {
  readonly payload?: Json;
  readonly action?: 'send' | 'receive';
  readonly schemas?: Readonly<Record<string, Json>>;
  readonly queue?: Json;
  readonly messages?: readonly string[];
  readonly consumers?: readonly Json[];
  readonly headers?: Json;
}

const CONSUMER = { protocol: 'sqs', endpoint: { name: 'billing' }, rawMessageDelivery: true };

/** A document of one topic, one queue and one message. */
function documentOf({
  payload = {},
  action = 'receive',
  schemas = {},
  queue = { name: 'billing', fifoQueue: false },
  messages = ['order.placed'],
  consumers = [CONSUMER],
  headers = { type: 'object', properties: { type: { type: 'string' } } },
}: Parts): AsyncApiDocument {
  const refs = (channel: string) =>
    messages.map((key) => ({ $ref: `#/channels/${channel}/messages/${key}` }));
  const carried = Object.fromEntries(
    messages.map((key) => [key, { $ref: `#/components/messages/${key}` }]),
  );
  return {
    asyncapi: '3.1.0',
    info: { title: 'Orders', version: '1' },
    defaultContentType: 'application/json',
    channels: {
      orders: { address: 'orders', messages: carried, bindings: { sns: { name: 'orders' } } },
      billing: { address: 'billing', messages: carried, bindings: { sqs: { queue } } },
    },
    operations: {
      'send-orders': {
        action: 'send',
        channel: { $ref: '#/channels/orders' },
        messages: refs('orders'),
        bindings: { sns: { consumers } },
      },
      'use-billing': { action, channel: { $ref: '#/channels/billing' }, messages: refs('billing') },
    },
    components: {
      messages: Object.fromEntries(messages.map((key) => [key, { name: key, headers, payload }])),
      schemas,
    },
  };
}

const object = (properties: Json, required: readonly string[] = []): Json => ({
  type: 'object',
  properties,
  required,
});

/** A class that contains itself. */
const tree = (maxLength: number): Parts => ({
  payload: {
    allOf: [{ $ref: '#/components/schemas/Tree' }, object({ kind: { const: 'tree' } })],
  },
  schemas: {
    Tree: object({
      name: { maxLength },
      children: { items: { $ref: '#/components/schemas/Tree' } },
    }),
  },
});

const changes = (before: Parts, after: Parts) =>
  breakingChanges(documentOf(before), documentOf(after));

const payloads = (before: Json, after: Json, action: 'send' | 'receive' = 'receive') =>
  changes({ payload: before, action }, { payload: after, action });

describe('a breaking change of what is received', () => {
  it.each([
    [
      'a field that becomes required',
      object({ id: {} }),
      object({ id: {} }, ['id']),
      '.id: required false → true',
    ],
    ['a new required field', object({}), object({ id: {} }, ['id']), '.id: required false → true'],
    ['a field that is no longer read', object({ id: {} }), object({}), '.id is no longer read'],
    [
      'a type',
      object({ n: { type: 'number' } }),
      object({ n: { type: 'integer' } }),
      '.n: type number → integer',
    ],
    [
      'null',
      object({ n: { type: ['string', 'null'] } }),
      object({ n: { type: 'string' } }),
      '.n: type ["string","null"] → string',
    ],
    ['any type', object({ n: {} }), object({ n: { type: 'string' } }), '.n: type none → string'],
    [
      'a value of an enum',
      object({ n: { enum: ['a', 'b'] } }),
      object({ n: { enum: ['a'] } }),
      '.n: enum ["a","b"] → ["a"]',
    ],
    [
      'an enum where there was none',
      object({ n: {} }),
      object({ n: { const: 1 } }),
      '.n: enum none → [1]',
    ],
    [
      'an upper bound',
      object({ n: { maxLength: 10 } }),
      object({ n: { maxLength: 9 } }),
      '.n: maxLength 10 → 9',
    ],
    ['a new lower bound', object({ n: {} }), object({ n: { minimum: 1 } }), '.n: minimum none → 1'],
    [
      'a pattern',
      object({ n: { pattern: '^a' } }),
      object({ n: { pattern: '^b' } }),
      '.n: pattern ^a → ^b',
    ],
    [
      'an item of a list',
      { items: object({ n: {} }) },
      { items: object({ n: {} }, ['n']) },
      '[].n: required false → true',
    ],
    [
      'a value of a map',
      { additionalProperties: {} },
      { additionalProperties: { type: 'string' } },
      '.*: type none → string',
    ],
    [
      'unknown fields',
      {},
      { additionalProperties: false },
      '.*: additionalProperties none → false',
    ],
    [
      'an alternative',
      { anyOf: [{ type: 'string' }, { type: 'array' }] },
      { anyOf: [{ type: 'string' }] },
      ': anyOf {"type":"array"} → [{"type":"string"}]',
    ],
  ])('is named: %s', (_what, before, after, text) => {
    expect(payloads(before, after)).toEqual([`message order.placed, payload${text}`]);
  });

  it.each([
    ['a field that is no longer required', object({ id: {} }, ['id']), object({ id: {} })],
    ['a new optional field', object({}), object({ id: { type: 'string' } })],
    [
      'a wider type',
      object({ n: { type: 'integer' } }),
      object({ n: { type: ['number', 'null'] } }),
    ],
    ['one more value', object({ n: { enum: ['a'] } }), object({ n: { enum: ['a', 'b'] } })],
    ['a looser bound', object({ n: { maxLength: 9 } }), object({ n: { maxLength: 10 } })],
    [
      'one more alternative',
      { type: 'string' },
      { anyOf: [{ type: 'string' }, { type: 'array' }] },
    ],
    ['a description', object({ n: { description: 'a' } }), object({ n: { description: 'b' } })],
  ])('is not: %s', (_what, before, after) => {
    expect(payloads(before, after)).toEqual([]);
  });
});

describe('a breaking change of what is only sent', () => {
  it('is what its readers did not have to expect, and what they counted on', () => {
    const before = object({ id: { type: 'string' }, state: { enum: ['a'] } }, ['id']);
    const after = object({ id: { type: ['string', 'null'] }, state: { enum: ['a', 'b'] } });
    expect(payloads(before, after, 'send')).toEqual([
      'message order.placed, payload.id: required true → false',
      'message order.placed, payload.id: type string → ["string","null"]',
      'message order.placed, payload.state: enum ["a"] → ["a","b"]',
    ]);
    expect(payloads(before, object({ id: { type: 'string' } }, ['id']), 'send')).toEqual([
      'message order.placed, payload.state is no longer written',
    ]);
  });

  it('is not what narrows it', () => {
    expect(payloads(object({ n: {} }), object({ n: { type: 'string' } }, ['n']), 'send')).toEqual(
      [],
    );
  });
});

describe('a breaking change', () => {
  it('is found behind references, in each part of an allOf, and in a class that contains itself', () => {
    expect(changes(tree(10), tree(10))).toEqual([]);
    expect(changes(tree(10), tree(5))).toContain(
      'message order.placed, payload.name: maxLength 10 → 5',
    );
  });

  it('of the topology is named: channels, what they carry, FIFO, subscriptions', () => {
    expect(changes({}, { messages: [] })).toEqual([
      'channel orders no longer carries order.placed',
      'channel billing no longer carries order.placed',
    ]);
    expect(changes({}, { queue: { name: 'billing', fifoQueue: true } })).toEqual([
      'channel billing: FIFO false → true',
    ]);
    expect(changes({}, { consumers: [] })).toEqual([
      'operation send-orders is no longer delivered to queue billing',
    ]);
    expect(
      changes(
        {},
        { consumers: [{ ...CONSUMER, rawMessageDelivery: false, filterPolicy: { a: ['b'] } }] },
      ),
    ).toEqual([
      'operation send-orders, subscription of billing: rawMessageDelivery true → false',
      'operation send-orders, subscription of billing: filterPolicy none → {"a":["b"]}',
    ]);
    const before = documentOf({});
    const after = { ...before, channels: {}, operations: {} };
    expect(breakingChanges(before, after)).toEqual([
      'channel orders was removed',
      'channel billing was removed',
      'operation send-orders was removed',
      'operation use-billing was removed',
    ]);
  });

  it('of attributes is named, as filter policies of others rest on them', () => {
    expect(changes({ action: 'send' }, { action: 'send', headers: object({}) })).toContain(
      'message order.placed, headers.type is no longer written',
    );
  });

  it('is not looked for in what is no document', () => {
    expect(breakingChanges({} as AsyncApiDocument, documentOf({}))).toEqual([]);
  });
});
