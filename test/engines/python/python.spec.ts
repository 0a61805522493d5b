import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { RunningService } from '../../../src/app/bootstrap.js';
import { sessionsSettings } from '../../../src/features/sessions/index.js';
import { makeContainer, request } from '../../support/service.js';
import { unique } from '../../support/transport.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';
import { Python, type PythonMessage } from './peer.js';

let service: RunningService;
let container: string;
let prefix: string;
let bucket: string;
let python: Python;

beforeAll(async () => {
  // Metadata messages are left for Python to take.
  service = await startOnEngines({ WEFT_CONSUME: 'storage,registry,results' });
  python = new Python();
  container = await makeContainer(service);
  prefix = service.settings.messaging.topicPrefix;
  bucket = service.settings.messaging.payloadBucket ?? '';
});
afterAll(() => Promise.all([service.close(), python.stop()]), CLOSE_TIMEOUT_MS);

type Fields = Record<string, unknown>;

const command = (action: string, payload: Fields, type = 'storage') => {
  const correlation_id = randomUUID();
  return {
    correlation_id,
    message: {
      body: JSON.stringify({ type, action, payload, correlation_id }),
      attributes: { type, action, correlation_id },
    },
  };
};

const bodyOf = ({ body }: PythonMessage): Fields => JSON.parse(body) as Fields;

const values = ({ attributes }: PythonMessage): Fields =>
  Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value]));

/** A message as a program finds it in an SNS notification. */
const unwrapped = (message: PythonMessage) => {
  const { Message, MessageAttributes, ...envelope } = bodyOf(message) as {
    Message: string;
    MessageAttributes: Record<string, { Type: string; Value: string }>;
  } & Fields;
  const attributes = Object.entries(MessageAttributes).map(([name, { Value }]) => [name, Value]);
  return { envelope, text: Message, attributes: Object.fromEntries(attributes) as Fields };
};

describe('Python: Commands, Results and Events', () => {
  it('boto3 publishes a Command, and reads its Result and Event raw', async () => {
    const put = command('put_object', { container, path: 'py.txt', body: 'from Python' });
    const [results, events] = [unique('py-results'), unique('py-events')];
    const [result] = await python.do(
      { do: 'subscribe', topic: `${prefix}results`, queue: results, raw: true },
      { do: 'subscribe', topic: `${prefix}events`, queue: events, raw: true },
      { do: 'publish', topic: `${prefix}storage-commands`, ...put.message },
      { do: 'receive', queue: results },
    );
    expect(result && bodyOf(result)).toMatchObject({
      status: 'success',
      correlation_id: put.correlation_id,
      handler: 'storage',
      outputs: [{ ref_type: 'file', location: `${container}/py.txt` }],
    });
    expect(result?.attributes).toMatchObject({
      status: { type: 'String', value: 'success' },
      correlation_id: { type: 'String', value: put.correlation_id },
      handler: { type: 'String', value: 'storage' },
    });
    const [event] = await python.do({ do: 'receive', queue: events });
    expect(event && bodyOf(event)).toMatchObject({ type: 'storage.object_created' });
    expect(event && values(event)).toMatchObject({
      type: 'storage.object_created',
      correlation_id: put.correlation_id,
    });
  });

  it('boto3 sends a Command straight to the queue, and reads its Result in the SNS envelope', async () => {
    const list = command('list_objects', { container });
    const results = unique('py-results');
    const [message] = await python.do(
      { do: 'subscribe', topic: `${prefix}results`, queue: results, raw: false },
      { do: 'send', queue: `${prefix}storage-queue`, ...list.message },
      { do: 'receive', queue: results },
    );
    const { envelope, text, attributes } = unwrapped(message as PythonMessage);
    expect(envelope).toMatchObject({ Type: 'Notification' });
    expect(JSON.parse(text)).toMatchObject({ status: 'success', data: { is_truncated: false } });
    expect(attributes).toMatchObject({ status: 'success', correlation_id: list.correlation_id });
  });

  it('a Command of boto3 without attributes, or wrapped by SNS, is taken alike', async () => {
    const results = unique('py-results');
    const plain = command('head_object', { container, path: 'py.txt' });
    const job = command('create_job', { pipeline: 'py' }, 'registry');
    const messages = await python.do(
      { do: 'subscribe', topic: `${prefix}results`, queue: results, raw: true },
      { do: 'send', queue: `${prefix}storage-queue`, body: plain.message.body },
      {
        do: 'send',
        queue: `${prefix}registry-queue`,
        // What SNS makes of a message, as Python writes JSON.
        body: JSON.stringify(
          {
            Type: 'Notification',
            MessageId: randomUUID(),
            TopicArn: `arn:aws:sns:us-east-1:000000000000:${prefix}registry-commands`,
            Message: job.message.body,
            Timestamp: '2026-01-26T10:30:45.123Z',
            MessageAttributes: { type: { Type: 'String', Value: 'registry' } },
          },
          null,
          4,
        ),
      },
      { do: 'receive', queue: results, count: 2 },
    );
    expect(new Set(messages.map((message) => bodyOf(message)['correlation_id']))).toEqual(
      new Set([plain.correlation_id, job.correlation_id]),
    );
  });
});

const call = (method: string, path: string, body: unknown) =>
  request(service, `/api/sessions${path}`, { method, body });

describe('Python: sessions', () => {
  it('boto3 reads feedback, raw and in the SNS envelope', async () => {
    const { bad } = sessionsSettings.of(service.settings).feedbackTopics;
    const [raw, wrapped] = [unique('py-raw'), unique('py-wrapped')];
    await python.do(
      { do: 'subscribe', topic: bad, queue: raw, raw: true },
      { do: 'subscribe', topic: bad, queue: wrapped, raw: false },
    );
    await call('POST', '', { session_id: 'py-1' });
    await call('POST', '/py-1/feedback', { rating: 'down', comment: 'zu kurz' });
    const [plain] = await python.do({ do: 'receive', queue: raw });
    expect(plain).toEqual({
      body: 'Session: py-1\n\nzu kurz',
      attributes: {
        session_id: { type: 'String', value: 'py-1' },
        rating: { type: 'String', value: 'negative' },
      },
    });
    const [message] = await python.do({ do: 'receive', queue: wrapped });
    const { envelope, text, attributes } = unwrapped(message as PythonMessage);
    expect(envelope['Subject']).toBe('Virtual Agents Feedback negative on session py-1');
    expect(text).toBe('Session: py-1\n\nzu kurz');
    expect(attributes).toEqual({ session_id: 'py-1', rating: 'negative' });
  });

  it('boto3 reads changed metadata', async () => {
    await call('POST', '', { session_id: 'py-2' });
    await call('PATCH', '/py-2/metadata', { status: 'running' });
    const queue = sessionsSettings.of(service.settings).metadataQueueUrl;
    const [message] = await python.do({ do: 'receive', queue });
    expect(message && bodyOf(message)).toEqual({
      session_id: 'py-2',
      event: 'metadata_update',
      operation: 'update',
      metadata: { status: 'running' },
      timestamp: expect.any(String),
      sequence: 1,
    });
    expect(message && values(message)).toEqual({ session_id: 'py-2', event: 'metadata_update' });
  });
});

const LARGE = 'ä'.repeat(400_000);

describe('Python: large messages by the AWS extended clients', () => {
  for (const [what, operation] of [
    [
      'SQS',
      (big: ReturnType<typeof command>) =>
        ({ do: 'send', queue: `${prefix}storage-queue`, bucket, ...big.message }) as const,
    ],
    [
      'SNS',
      (big: ReturnType<typeof command>) =>
        ({ do: 'publish', topic: `${prefix}storage-commands`, bucket, ...big.message }) as const,
    ],
  ] as const) {
    it(`Weft reads a body that the extended client for ${what} has offloaded to S3`, async () => {
      const body = LARGE;
      const big = command('put_object', { container, path: `large-${what}`, body });
      const results = unique('py-results');
      const [result] = await python.do(
        { do: 'subscribe', topic: `${prefix}results`, queue: results, raw: true },
        operation(big),
        { do: 'receive', queue: results },
      );
      expect(result && bodyOf(result)).toMatchObject({
        status: 'success',
        correlation_id: big.correlation_id,
      });
    });
  }

  it('the extended client reads a body that Weft has offloaded to S3, sent by a topic', async () => {
    const results = unique('py-results');
    const body = LARGE;
    const put = command('put_object', { container, path: 'large', body });
    const get = command('get_object', { container, path: 'large' });
    const messages = await python.do(
      { do: 'subscribe', topic: `${prefix}results`, queue: results, raw: true },
      { do: 'publish', topic: `${prefix}storage-commands`, bucket, ...put.message },
      { do: 'receive', queue: results, bucket },
      { do: 'publish', topic: `${prefix}storage-commands`, ...get.message },
      { do: 'receive', queue: results, bucket },
    );
    const [result] = messages.map((message) => bodyOf(message));
    expect(result).toMatchObject({ status: 'success', correlation_id: get.correlation_id });
    expect(result?.['data']).toMatchObject({ body_base64: Buffer.from(body).toString('base64') });
  });
});
