import { describe, expect, it } from '@jest/globals';
import { CloudEvent, HTTP, Kafka, type CloudEventV1, type Message } from 'cloudevents';
import * as fc from 'fast-check';
import {
  cloudEventsCodec,
  InvalidMessageError,
  InvalidOptionsError,
  InvalidRecordError,
} from '../../../src/transport/index.js';
import type { CloudEventsOptions, EncodedMessage } from '../../../src/transport/codec/index.js';

const SOURCE = '/shop/orders';
const TIME = '2026-01-01T00:00:00.000Z';
const MODES = ['structured', 'binary'] as const;

const packet = (data: unknown = { id: 7 }) => ({
  id: 'e-1',
  pattern: 'com.shop.order.placed',
  data,
  correlationId: 'c-1',
});

const codec = (options: Partial<CloudEventsOptions> = {}) =>
  cloudEventsCodec({ source: SOURCE, attributes: () => ({ time: TIME }), ...options });

const textsOf = ({ attributes }: EncodedMessage): Map<string, string> =>
  new Map(Object.entries(attributes).map(([name, { value }]) => [name, String(value)]));

const received = (body: string, attributes: Iterable<readonly [string, string]> = []) => ({
  messageId: 'm-1',
  body,
  attributes: new Map(attributes),
});

/** As the official SDK reads what was written. */
const judged = (message: EncodedMessage): CloudEventV1<unknown> => {
  const headers = Object.fromEntries(textsOf(message));
  return HTTP.toEvent({ headers, body: message.body }) as CloudEventV1<unknown>;
};

/** What the official SDK wrote, as it comes through SQS. */
const sent = ({ headers, body }: Message) =>
  received(
    typeof body === 'string' ? body : JSON.stringify(body),
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)] as const],
    ),
  );

describe.each(MODES)('a CloudEvent written in the %s mode', (mode) => {
  it('is what the official SDK reads, with subject and extensions', () => {
    const further = { time: TIME, subject: 'orders/7', tenant: 'acme', priority: 3 };
    const written = codec({ mode, attributes: () => further }).encode(packet());
    const { time, ...event } = judged(written);
    expect(new Date(String(time)).toISOString()).toBe(TIME);
    expect({ ...event }).toMatchObject({
      id: 'e-1',
      source: SOURCE,
      type: 'com.shop.order.placed',
      specversion: '1.0',
      subject: 'orders/7',
      tenant: 'acme',
      correlationid: 'c-1',
      data: { id: 7 },
    });
    expect(String(event['priority'])).toBe('3');
  });

  it('is read again as it was', () => {
    const written = codec({ mode }).encode(packet());
    expect(cloudEventsCodec().decode(received(written.body, textsOf(written)))).toEqual({
      pattern: 'com.shop.order.placed',
      data: { id: 7 },
      id: `${SOURCE} e-1`,
      correlationId: 'c-1',
      header: {
        specversion: '1.0',
        id: 'e-1',
        source: SOURCE,
        type: 'com.shop.order.placed',
        time: TIME,
        datacontenttype: 'application/json',
        correlationid: 'c-1',
      },
    });
  });

  it('leaves three attributes to the transport and the record', () => {
    const written = codec({ mode }).encode(packet());
    expect(Object.keys(written.attributes).length).toBeLessThanOrEqual(7);
    for (const name of Object.keys(written.attributes)) expect(name).toMatch(/^[\w.-]{1,256}$/);
  });

  it('has no data where none was sent', () => {
    const written = codec({ mode }).encode({ ...packet(), data: undefined });
    expect(cloudEventsCodec().decode(received(written.body, textsOf(written))).data).toBeNull();
  });

  it('keeps any JSON, whatever its id', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ minLength: 1 }), (data, id) => {
        const written = codec({ mode }).encode({ ...packet(data), id: encodeURIComponent(id) });
        const decoded = cloudEventsCodec().decode(received(written.body, textsOf(written)));
        expect(JSON.stringify(decoded.data)).toBe(JSON.stringify(data));
        expect(decoded.header?.['id']).toBe(encodeURIComponent(id));
      }),
      { numRuns: 200 },
    );
  });

  it('that the official SDK wrote is read', () => {
    const event = new CloudEvent({
      id: 'e-2',
      source: 'urn:peer',
      type: 'order.placed',
      time: TIME,
      subject: 'orders/8',
      tenant: 'acme',
      data: { id: 8 },
    });
    for (const binding of [HTTP, Kafka]) {
      const message = mode === 'binary' ? binding.binary(event) : binding.structured(event);
      expect(cloudEventsCodec().decode(sent(message))).toMatchObject({
        pattern: 'order.placed',
        data: { id: 8 },
        id: 'urn:peer e-2',
        correlationId: 'e-2',
        header: { subject: 'orders/8', tenant: 'acme' },
      });
    }
  });
});

describe('bytes in a CloudEvent', () => {
  const bytes = new Uint8Array([0, 255, 128]);

  it('travel as base64 in the structured mode, as the official SDK has them', () => {
    const written = codec().encode(packet(bytes));
    expect(Buffer.from(judged(written).data as Uint8Array)).toEqual(Buffer.from(bytes));
    const { data, header } = cloudEventsCodec().decode(received(written.body));
    expect(data).toEqual(bytes);
    expect(header).toMatchObject({ datacontenttype: 'application/octet-stream' });

    const event = new CloudEvent({ source: 'a', type: 't', data: Buffer.from(bytes) });
    expect(cloudEventsCodec().decode(sent(HTTP.structured(event))).data).toEqual(bytes);
  });

  it('are refused in the binary mode, whose body is text', () => {
    expect(() => codec({ mode: 'binary' }).encode(packet(bytes))).toThrow(
      'send them in the structured mode',
    );
  });

  it('that are JSON are parsed', () => {
    const event = { specversion: '1.0', id: 'i', source: 's', type: 't' };
    const base64 = Buffer.from('{"a":1}').toString('base64');
    const body = JSON.stringify({
      ...event,
      datacontenttype: 'application/json',
      data_base64: base64,
    });
    expect(cloudEventsCodec().decode(received(body)).data).toEqual({ a: 1 });
  });
});

const attributes = () => ({ datacontenttype: 'text/plain' });

describe('a CloudEvent of another media type', () => {
  it.each(MODES)('holds text, in the %s mode', (mode) => {
    const written = codec({ mode, attributes }).encode(packet('{"not":"parsed"}'));
    expect(judged(written).data).toBe('{"not":"parsed"}');
    expect(cloudEventsCodec().decode(received(written.body, textsOf(written))).data).toBe(
      '{"not":"parsed"}',
    );
    expect(() => codec({ mode, attributes }).encode(packet({ a: 1 }))).toThrow(InvalidRecordError);
  });

  it('is refused in the binary mode where SQS would not take its text', () => {
    for (const text of ['', 'a\0b', '\u{fffe}'])
      expect(() => codec({ mode: 'binary', attributes }).encode(packet(text))).toThrow(
        InvalidRecordError,
      );
  });
});

const idOf = (source: string) => {
  const body = JSON.stringify({ specversion: '1.0', id: '1', source, type: 't' });
  return cloudEventsCodec().decode(received(body)).id;
};

describe('ids of CloudEvents', () => {
  it('differ where their source differs', () => {
    expect(idOf('/a')).toBe('/a 1');
    expect(idOf('/b')).toBe('/b 1');
  });
});

describe('an attribute that no CloudEvent has', () => {
  it.each([
    ['a name with a capital', { orderId: 'x' }],
    ['a name of 21 letters', { ['a'.repeat(21)]: 'x' }],
    ['a name of the prototype', { __proto__x: 'x' }],
    ['an own one', { id: 'x' }],
    ['data', { data: 'x' }],
    ['a list', { tags: ['a'] as unknown as string }],
    ['a fraction', { price: 1.5 }],
    ['a number of 33 bits', { price: 2 ** 32 }],
    ['empty text', { subject: '' }],
    ['a line break', { subject: 'a\nb' }],
    ['half a pair', { subject: '\u{d800}' }],
    ['a time of another form', { time: 'yesterday' }],
    ['a subject that is a number', { subject: 1 }],
  ])('is refused before anything is sent: %s', (_what, further) => {
    const written = () => codec({ attributes: () => further }).encode(packet());
    expect(written).toThrow(InvalidRecordError);
  });

  it('stops the start where it is the source', () => {
    for (const source of ['', 'two words', 'a\nb'])
      expect(() => cloudEventsCodec({ source })).toThrow(InvalidOptionsError);
  });
});

describe('what is no CloudEvent', () => {
  const event = { specversion: '1.0', id: 'i', source: 's', type: 't', data: 1 };
  const structured = [['content-type', 'application/cloudevents+json']] as const;

  it.each<[string, unknown, (readonly (readonly [string, string])[])?]>([
    ['a list', [event]],
    ['null', null],
    ['another version', { ...event, specversion: '0.3' }],
    ['no id', { ...event, id: undefined }],
    ['an empty type', { ...event, type: '' }],
    ['a source that is a number', { ...event, source: 1 }],
    ['a source with a space', { ...event, source: 'a b' }],
    ['an extension that is an object', { ...event, ext: {} }],
    ['a time that is none', { ...event, time: 'x' }],
    ['a subject that is a list', { ...event, subject: [] }],
    ['data twice', { ...event, data_base64: 'AA==' }],
    ['base64 that is none', { ...event, data: undefined, data_base64: 'A' }],
    ['a batch', [event], [['content-type', 'application/cloudevents-batch+json']]],
    ['another format', event, [['Content-Type', 'application/cloudevents+avro']]],
    [
      'a binary event without a type',
      1,
      [
        ['ce-specversion', '1.0'],
        ['ce-id', 'i'],
        ['ce-source', 's'],
      ],
    ],
  ])('is refused: %s', (_what, body, own = structured) => {
    const read = () => cloudEventsCodec().decode(received(JSON.stringify(body), own));
    expect(read).toThrow(InvalidMessageError);
    expect(read).toThrow('is not a CloudEvent');
  });

  it('is named by its reason', () => {
    expect(() => cloudEventsCodec().decode(received('{"id":"i"}'))).toThrow(
      'The message is not a CloudEvent: its specversion is not 1.0',
    );
    expect(() => cloudEventsCodec().decode(received('x'))).toThrow('The message body is not JSON');
  });

  it('leaves out fields that are no attributes, and never touches a prototype', () => {
    const body = `{"specversion":"1.0","id":"i","source":"s","type":"t","__proto__":{"polluted":1},"Own":1,"none":null}`;
    const { header } = cloudEventsCodec().decode(received(body));
    expect(header).toEqual({ specversion: '1.0', id: 'i', source: 's', type: 't' });
    expect({}).not.toHaveProperty('polluted');
  });
});
