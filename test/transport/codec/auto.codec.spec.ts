import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  autoCodec,
  celeryCodec,
  cloudEventsCodec,
  InvalidMessageError,
  jsonCodec,
  nativeCodec,
  RetryableError,
} from '../../../src/transport/index.js';

const received = (body: string, attributes: Readonly<Record<string, string>> = {}) => ({
  messageId: 'm-1',
  body,
  attributes: new Map(Object.entries(attributes)),
});

const EVENT_BRIDGE = {
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
const CLOUD_EVENT = { specversion: '1.0', id: 'e', source: '/shop', type: 'order.placed', data: 1 };
const S3 = {
  Records: [
    {
      eventVersion: '2.1',
      eventSource: 'aws:s3',
      eventName: 'ObjectCreated:Put',
      s3: { bucket: { name: 'b' }, object: { key: 'k', sequencer: '1' } },
    },
  ],
};
const S3_TEST = { Service: 'Amazon S3', Event: 's3:TestEvent', Time: 't', Bucket: 'b' };
const PACKET = { id: 'i', pattern: 'order.placed', correlationId: 'c', data: { id: 7 } };

const base64 = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64');

/** As Celery 5 writes it to SQS. */
const task = (
  changes: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, unknown>> = {},
  body: unknown = [
    ['a'],
    { user: 7 },
    { callbacks: null, errbacks: null, chain: null, chord: null },
  ],
) => ({
  body: base64(body),
  'content-encoding': 'utf-8',
  'content-type': 'application/json',
  headers: {
    lang: 'py',
    task: 'shop.tasks.place',
    id: '42b870ea-acb6-4b17-8b63-08dddb86f9f2',
    eta: null,
    expires: null,
    retries: 0,
    root_id: '42b870ea-acb6-4b17-8b63-08dddb86f9f2',
    ...headers,
  },
  properties: {
    correlation_id: '42b870ea-acb6-4b17-8b63-08dddb86f9f2',
    delivery_mode: 2,
    delivery_info: { exchange: '', routing_key: 'celery' },
    body_encoding: 'base64',
    delivery_tag: '30b8b8af-f640-4bc9-a619-c86437b904d6',
  },
  ...changes,
});

describe('a task of Celery', () => {
  it('is read with its arguments, in base64 and as it is', () => {
    for (const body of [base64(task()), JSON.stringify(task())])
      expect(celeryCodec.decode(received(body))).toMatchObject({
        pattern: 'shop.tasks.place',
        data: { args: ['a'], kwargs: { user: 7 } },
        id: '42b870ea-acb6-4b17-8b63-08dddb86f9f2',
        correlationId: '42b870ea-acb6-4b17-8b63-08dddb86f9f2',
        header: { lang: 'py' },
      });
    const plain = task({ body: '[[1],{},null]', properties: {} });
    expect(celeryCodec.decode(received(base64(plain))).data).toEqual({ args: [1], kwargs: {} });
  });

  it('that is retried is another message, though its id is the same', () => {
    const { id } = celeryCodec.decode(received(base64(task({}, { retries: 2 }))));
    expect(id).toBe('42b870ea-acb6-4b17-8b63-08dddb86f9f2 2');
  });

  it('waits until it is due', () => {
    const eta = new Date(Date.now() + 3600_000).toISOString();
    const read = () => celeryCodec.decode(received(base64(task({}, { eta }))));
    expect(read).toThrow(RetryableError);
    expect(read).toThrow('The task is not due yet (eta)');
    const past = celeryCodec.decode(
      received(base64(task({}, { eta: '2026-01-01T00:00:00+00:00' }))),
    );
    expect(past.pattern).toBe('shop.tasks.place');
  });

  it.each<[string, unknown]>([
    ['pickled', task({ 'content-type': 'application/x-python-serialize' })],
    ['of another character set', task({ 'content-encoding': 'latin-1' })],
    ['compressed', task({}, { compression: 'gzip' })],
    ['without a name', task({}, { task: '' })],
    ['without an id', task({}, { id: 7 })],
    ['with a chain', task({}, {}, [[], {}, { chain: [{ task: 'x' }] }])],
    ['with callbacks', task({}, {}, [[], {}, { callbacks: [{ task: 'x' }] }])],
    ['whose body is no list', task({}, {}, { args: [] })],
    ['whose body is no base64', task({ body: '!' })],
    ['whose body has another encoding', task({ properties: { body_encoding: 'hex' } })],
    ['that has expired', task({}, { expires: '2026-01-01T00:00:00+00:00' })],
    ['of protocol 1', { id: 'i', task: 't', args: [], kwargs: {} }],
    ['with another field', task({ more: 1 })],
    ['null', null],
  ])('is refused for good: %s', (_what, body) => {
    const read = () => celeryCodec.decode(received(base64(body)));
    expect(read).toThrow(InvalidMessageError);
  });
});

const codec = autoCodec(jsonCodec('otherwise'));
const identifies = (body: unknown, attributes?: Record<string, string>) => {
  const decoded = { ...codec.decode(received(JSON.stringify(body), attributes)) };
  return codec.identifiesByBody?.(decoded);
};

const patternOf = (body: unknown, attributes?: Record<string, string>): string =>
  codec.decode(received(typeof body === 'string' ? body : JSON.stringify(body), attributes))
    .pattern;

const refusalOf = (body: unknown): string => {
  try {
    patternOf(body);
    return 'read';
  } catch (error) {
    return error instanceof InvalidMessageError ? 'refused' : String(error);
  }
};

describe('the codec auto', () => {
  it.each<[string, unknown, string, Record<string, string>?]>([
    ['EventBridge', EVENT_BRIDGE, 'Order Placed'],
    ['a replay of EventBridge', { ...EVENT_BRIDGE, 'replay-name': 'r' }, 'Order Placed'],
    ['a structured CloudEvent', CLOUD_EVENT, 'order.placed'],
    [
      'bytes of a CloudEvent',
      { ...CLOUD_EVENT, data: undefined, data_base64: 'AA==' },
      'order.placed',
    ],
    [
      'a binary CloudEvent',
      { pattern: 'x', data: 1 },
      'order.binary',
      { 'ce-specversion': '1.0', 'ce-id': 'e', 'ce-source': '/s', 'ce-type': 'order.binary' },
    ],
    ['a notification of S3', S3, 's3.ObjectCreated:Put'],
    ['the test event of S3', S3_TEST, 's3.TestEvent'],
    ['a task of Celery', base64(task()), 'shop.tasks.place'],
    ['a packet of Weft', PACKET, 'order.placed'],
    ['any JSON with a pattern', { id: 7 }, 'order.named', { pattern: 'order.named' }],
    ['anything else', { id: 7 }, 'otherwise'],
    ['a list', [EVENT_BRIDGE], 'otherwise'],
  ])('knows %s', (_what, body, pattern, attributes = {}) => {
    expect(patternOf(body, attributes)).toBe(pattern);
  });

  it.each<[string, Record<string, unknown>]>([
    ['EventBridge', EVENT_BRIDGE],
    ['a CloudEvent', { ...CLOUD_EVENT, data: undefined }],
    ['S3', S3],
    ['Celery', task()],
    ['a packet', { pattern: 'order.placed', data: 1 }],
  ])(
    'does not take for %s what lacks one of its fields, or has one it never has',
    (_what, whole) => {
      for (const name of Object.keys(whole).filter((one) => whole[one] !== undefined)) {
        const { [name]: _left, ...rest } = whole;
        expect({ name, pattern: patternOf(rest) }).toEqual({ name, pattern: 'otherwise' });
      }
      expect(patternOf({ ...whole, orderId: 7 })).toBe('otherwise');
      expect(patternOf({ order: whole })).toBe('otherwise');
    },
  );

  it('refuses for good whatever field is no text', () => {
    for (const whole of [EVENT_BRIDGE, CLOUD_EVENT, S3, task(), PACKET])
      for (const name of Object.keys(whole))
        for (const value of [{ toString: 1 }, [], null, 1]) {
          const outcome = refusalOf({ ...whole, [name]: value });
          expect({ name, outcome }).toEqual({
            name,
            outcome: expect.stringMatching(/^read|refused/),
          });
        }
  });

  it('lets a body overrule no attribute', () => {
    for (const body of [EVENT_BRIDGE, CLOUD_EVENT, S3, task()])
      expect(patternOf(body, { pattern: 'order.named' })).toBe('order.named');
    const decoded = autoCodec().decode(
      received(JSON.stringify(EVENT_BRIDGE), { pattern: 'order.named' }),
    );
    expect(decoded.data).toEqual(EVENT_BRIDGE);
  });

  it('never looks into what is inside a packet', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.jsonValue(), fc.constantFrom(EVENT_BRIDGE, CLOUD_EVENT, S3, task())),
        (data) => {
          const packet = { id: 'i', pattern: 'order.placed', data, correlationId: 'c' };
          const { body, attributes } = nativeCodec.encode(packet);
          const texts = Object.fromEntries(
            Object.entries(attributes).map(([name, { value }]) => [name, String(value)]),
          );
          for (const own of [texts, {}]) {
            const decoded = autoCodec().decode(received(body, own));
            expect(JSON.stringify(decoded.data)).toBe(JSON.stringify(data));
          }
        },
      ),
    );
  });

  it('knows a repeated body for one message where its format does, and nowhere else', () => {
    expect({ identifiesByBody: identifies(S3) }).toEqual({ identifiesByBody: true });
    expect({
      identifiesByBody: identifies(S3.Records[0], { pattern: 's3.ObjectCreated:Put' }),
    }).toEqual({ identifiesByBody: false });
    expect({ identifiesByBody: identifies({ id: 7 }) }).toEqual({ identifiesByBody: false });
  });

  it('does not read by another codec what the codec that fits refuses', () => {
    const old = { ...CLOUD_EVENT, time: 'yesterday' };
    expect(() => patternOf(old)).toThrow(InvalidMessageError);
    expect(() => autoCodec().decode(received('{"id":7}'))).toThrow('names no pattern');
    expect(cloudEventsCodec().name).toBe('cloud-events');
    expect(autoCodec().name).toBe('auto (native)');
  });
});
