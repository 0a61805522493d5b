import { describe, expect, it } from '@jest/globals';
import {
  defineTopology,
  eventBridgeCodec,
  InvalidMessageError,
  jsonCodec,
  nativeCodec,
  s3NotificationCodec,
  TopologyError,
} from '../../../src/transport/index.js';
import type { MessageCodec } from '../../../src/transport/codec/index.js';

const received = (body: string, attributes: Record<string, string> = {}) => ({
  messageId: 'm-1',
  body,
  attributes: new Map(Object.entries(attributes)),
});

describe('the codec of plain JSON', () => {
  const codec = jsonCodec('order.placed');

  it('reads any JSON as data of its pattern, a byte order mark before it or not', () => {
    for (const body of ['{"id":7}', '\u{feff}{"id":7}'])
      expect(codec.decode(received(body))).toEqual({ pattern: 'order.placed', data: { id: 7 } });
    expect(codec.decode(received('{"pattern":"x","data":1}', { pattern: 'y' }))).toEqual({
      pattern: 'order.placed',
      data: { pattern: 'x', data: 1 },
    });
    expect(() => codec.decode(received('no JSON'))).toThrow(InvalidMessageError);
  });

  it('writes the data itself, and the pattern as an attribute', () => {
    const packet = { id: 'i', pattern: 'order.placed', data: { id: 7 }, correlationId: 'c' };
    expect(codec.encode(packet)).toEqual({
      body: '{"id":7}',
      attributes: { pattern: { type: 'String', value: 'order.placed' } },
    });
  });
});

describe('the codec of EventBridge', () => {
  const event = {
    version: '0',
    id: '6a7e8feb-b491-4cf7-a9f1-bf3703467718',
    'detail-type': 'Order Placed',
    source: 'shop',
    account: '111122223333',
    time: '2026-01-01T00:00:00Z',
    region: 'eu-central-1',
    resources: [],
    detail: { id: 7 },
  };

  it('reads the detail by its type, and knows the event by its id', () => {
    const { detail: _detail, ...header } = event;
    expect(eventBridgeCodec.decode(received(JSON.stringify(event)))).toEqual({
      header,
      pattern: 'Order Placed',
      data: { id: 7 },
      id: event.id,
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['a list', '[]'],
    ['null', 'null'],
    ['no detail-type', JSON.stringify({ ...event, 'detail-type': undefined })],
    ['an empty detail-type', JSON.stringify({ ...event, 'detail-type': '' })],
    ['no detail', JSON.stringify({ ...event, detail: undefined })],
  ])('refuses %s', (_what, body) => {
    expect(() => eventBridgeCodec.decode(received(body))).toThrow(InvalidMessageError);
  });
});

describe('a codec that only reads', () => {
  it('serves a queue, and is refused for a route', () => {
    const queues = [{ name: 'uploads', patterns: ['s3.*'], codec: s3NotificationCodec }];
    expect(() => defineTopology({ queues })).not.toThrow();
    const codec = s3NotificationCodec as MessageCodec;
    expect(() =>
      defineTopology({ queues, routes: [{ patterns: ['s3.*'], queue: 'uploads', codec }] }),
    ).toThrow(TopologyError);
  });
});

const decode = (body: string, attributes: Record<string, string> = {}) =>
  nativeCodec.decode({ ...received(body, attributes), fallback: 'order.any' });

describe('a fallback', () => {
  it('is the pattern of JSON that names none, and of nothing else', () => {
    expect(decode('{"id":7}')).toEqual({ pattern: 'order.any', data: { id: 7 } });
    expect(decode('{"id":7}', { pattern: 'order.placed' }).pattern).toBe('order.placed');
    expect(decode('{"pattern":"order.placed","data":{"id":7}}')).toMatchObject({
      pattern: 'order.placed',
      data: { id: 7 },
    });
    expect(() => decode('no JSON')).toThrow(InvalidMessageError);
    expect(() => nativeCodec.decode(received('{"id":7}'))).toThrow('names no pattern');
  });
});
