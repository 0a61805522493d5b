import { describe, expect, it } from '@jest/globals';
import { assert, json, property } from 'fast-check';
import { busEventCodec, BusEvent, type WireEvent } from '../../../src/messaging/event-bus/index.js';
import { InvalidMessageError } from '../../../src/transport/index.js';

const codec = busEventCodec();
const read = (body: unknown): ReturnType<typeof codec.decode> =>
  codec.decode({
    messageId: 'm1',
    body: typeof body === 'string' ? body : JSON.stringify(body),
    attributes: new Map(),
  });

const METADATA = {
  containsPersonalData: true,
  tracestate: 'a=b',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  authorization: 'Bearer abc',
  publishDate: '2026-01-26T10:30:45.123456+00:00',
  entityId: '7',
  entityName: 'User',
  publisherName: 'UserService',
  eventName: 'UserRegistered',
};
const snake = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const pascal = (name: string): string => name.slice(0, 1).toUpperCase() + name.slice(1);
const spelled = (spell: (name: string) => string): Record<string, unknown> => ({
  [spell('metadata')]: Object.fromEntries(
    Object.entries(METADATA).map(([name, value]) => [spell(name), value]),
  ),
  [spell('payload')]: { id: '7' },
});

describe('The codec of bus events', () => {
  it.each([
    ['lowerCamel', (name: string) => name],
    ['snake_case', snake],
    ['PascalCase', pascal],
  ])('reads metadata in %s', (_name, spell) => {
    const { data, pattern, trace } = read(spelled(spell));
    expect(data).toEqual(new BusEvent(METADATA, { id: '7' }));
    expect(pattern).toBe('bus.UserRegistered');
    expect(trace).toEqual({ traceparent: METADATA.traceparent, tracestate: 'a=b' });
  });

  it('fills in what an event leaves out or has as null, and drops fields that it does not know', () => {
    const { data } = read({
      metadata: { eventName: 'UserRegistered', authorization: null, more: 1 },
      payload: {},
    });
    expect((data as WireEvent).metadata).toEqual({
      containsPersonalData: false,
      tracestate: '',
      traceparent: '',
      authorization: '',
      publishDate: '',
      entityId: '',
      entityName: '',
      publisherName: '',
      eventName: 'UserRegistered',
    });
  });

  it.each([
    ['no JSON', 'x'],
    ['a list', []],
    ['null', 'null'],
    ['no metadata', { payload: {} }],
    ['no payload', { metadata: { eventName: 'A' } }],
    ['a payload that is a list', { metadata: { eventName: 'A' }, payload: [] }],
    ['no eventName', { metadata: {}, payload: {} }],
    ['an empty eventName', { metadata: { eventName: '' }, payload: {} }],
    ['an eventName that is a number', { metadata: { eventName: 1 }, payload: {} }],
    ['an eventName that is too long', { metadata: { eventName: 'A'.repeat(257) }, payload: {} }],
    [
      'a text for a truth value',
      { metadata: { eventName: 'A', containsPersonalData: 'true' }, payload: {} },
    ],
  ])('refuses %s for good', (_what, body) => {
    expect(() => read(body)).toThrow(InvalidMessageError);
  });

  it('reads or refuses whatever JSON it is given, and changes no prototype', () => {
    const outcome = (body: string): unknown => {
      try {
        return read(body).data;
      } catch (error) {
        return error;
      }
    };
    assert(
      property(json(), (body) => {
        const result = outcome(body);
        return result instanceof BusEvent || result instanceof InvalidMessageError;
      }),
    );
    read(
      '{"metadata":{"eventName":"A","__proto__":{"x":1}},"payload":{"__proto__":{"polluted":1}},"__proto__":{"y":1}}',
    );
    expect(Object.keys(Object.prototype)).toEqual([]);
  });

  it('writes nothing but events', () => {
    const packet = { id: 'm1', pattern: 'bus.users:X', data: { id: 1 }, correlationId: 'c1' };
    expect(() => codec.encode(packet)).toThrow('Publish events of the bus by EventBus.publish()');
  });
});
