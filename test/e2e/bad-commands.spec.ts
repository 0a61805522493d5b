import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import type { RunningService } from '../../src/app/bootstrap.js';
import {
  makeContainer,
  OutsideWorld,
  startWholeService,
  type Heard,
  type Listener,
} from '../support/service.js';

const QUEUE = 'pudato-storage-queue';

let service: RunningService;
let outside: OutsideWorld;
let results: Listener;
let deadLetters: Listener;
let container: string;

beforeAll(async () => {
  service = await startWholeService({}, (settings) => {
    const { payloadBucket: _none, ...messaging } = settings.messaging;
    return { ...settings, messaging };
  });
  outside = new OutsideWorld(service);
  container = await makeContainer(service);
  results = await outside.listenTo('pudato-results');
  deadLetters = await outside.watch(`${QUEUE}-dlq`);
});
afterAll(() => service.close());

/** Sends it as another program would, and waits for its error Result. */
async function errorsOf(command: Record<string, unknown>): Promise<unknown> {
  const correlation_id = randomUUID();
  await outside.send(QUEUE, JSON.stringify({ correlation_id, type: 'storage', ...command }));
  const { body } = await results.next((heard) => heard.body['correlation_id'] === correlation_id);
  expect(body['status']).toBe('error');
  return body['errors'];
}

/** Sends what nobody can answer, and waits for it in the dead-letter queue. */
async function deadLetterOf(text: string): Promise<Heard> {
  await outside.send(QUEUE, text);
  return deadLetters.next((heard) => heard.text === text);
}

async function expectNextMessageHandled(): Promise<void> {
  const correlation_id = randomUUID();
  const payload = { container, prefix: '' };
  await outside.send(
    QUEUE,
    JSON.stringify({ type: 'storage', action: 'list_objects', correlation_id, payload }),
  );
  const { body } = await results.next((heard) => heard.body['correlation_id'] === correlation_id);
  expect(body).toMatchObject({ status: 'success', data: { count: 0 } });
}

const putting = (payload: Record<string, unknown>) => ({
  action: 'put_object',
  payload: { container, path: 'x', body: 'x', ...payload },
});

describe('A message that is no Command at all', () => {
  it.each([
    ['text that is not JSON', `{"type": ${randomUUID()}`, /not JSON/],
    ['a JSON list', '["storage"]', /JSON object/],
    ['JSON of another shape', '{"hello":"world"}', /Missing required fields: type, action/],
    ['a Command that cannot be answered', '{"type":"storage","correlation_id":7}', /action/],
  ])('goes to the dead-letter queue with the reason: %s', async (_what, text, reason) => {
    const { attributes } = await deadLetterOf(text);
    expect(Object.values(attributes).join('\n')).toMatch(reason);
    await expectNextMessageHandled();
  });
});

describe('A Command that cannot be carried out', () => {
  it.each<[string, () => Record<string, unknown>, string]>([
    ['no action', () => ({}), 'Missing required field: action'],
    ['an unknown action', () => ({ action: 'fly' }), 'Unsupported action: fly'],
    ['an odd action', () => ({ action: 'fl y\u2028' }), 'Unsupported action: fl y\u2028'],
    [
      'another type',
      () => ({ type: 'query', action: 'execute' }),
      'This service does not handle Commands of type query',
    ],
    [
      'a type with a dot that makes a known pattern',
      () => ({ type: 'storage.put', action: 'object' }),
      'This service does not handle Commands of type storage.put',
    ],
    [
      'a payload of the wrong type',
      () => ({ action: 'get_object', payload: 'x' }),
      'payload must be an object',
    ],
    [
      'an empty payload',
      () => ({ action: 'get_object', payload: {} }),
      'Missing required fields: container, path',
    ],
    [
      'no container',
      () => ({ action: 'list_objects', payload: {} }),
      'Missing required field: container',
    ],
    ['no body', () => putting({ body: undefined }), 'Missing required field: body or body_base64'],
    [
      'two bodies',
      () => putting({ body_base64: '' }),
      'body_base64 must not be given along with body',
    ],
    [
      'bad base64',
      () => putting({ body: null, body_base64: 'a b=' }),
      'body_base64 is not valid base64',
    ],
    [
      'unpadded base64',
      () => putting({ body: null, body_base64: 'YQ' }),
      'body_base64 is not valid base64',
    ],
    ['an empty path', () => putting({ path: '' }), 'Missing required field: path'],
    [
      'a path of 3000 characters',
      () => putting({ path: 'x'.repeat(3000) }),
      'path must have 1 to 1024 bytes, no control characters and no "." or ".." segments',
    ],
    [
      'a path that climbs',
      () => putting({ path: '../../../etc/passwd' }),
      'path must have 1 to 1024 bytes, no control characters and no "." or ".." segments',
    ],
    [
      'a path of the wrong type',
      () => putting({ path: { $where: '1' } }),
      'path must have 1 to 1024 bytes, no control characters and no "." or ".." segments',
    ],
    [
      'a container that is no name',
      () => putting({ container: '../x' }),
      'container must be a container name: 3 to 63 lower-case letters, digits, dots and hyphens',
    ],
    ['a body of the wrong type', () => putting({ body: 7 }), 'body must be a string'],
    [
      'a content type with a line break',
      () => putting({ content_type: 'a/b\r\nx: y' }),
      'content_type must be a media type such as text/plain',
    ],
    [
      'metadata of the wrong type',
      () => putting({ metadata: { a: 1 } }),
      'metadata must map header names to printable ASCII texts, at most 64 and 2048 bytes in all',
    ],
    [
      'max_keys of the wrong type',
      () => ({ action: 'list_objects', payload: { container, max_keys: '5' } }),
      'max_keys must be an integer',
    ],
    [
      'max_keys out of range',
      () => ({ action: 'list_objects', payload: { container, max_keys: 0 } }),
      'max_keys must be from 1 to 1000',
    ],
  ])('is answered with an error Result: %s', async (_what, command, text) => {
    expect(await errorsOf(command())).toEqual([text]);
  });

  it('is answered when it tries to change a prototype', async () => {
    const correlation_id = randomUUID();
    await outside.send(
      QUEUE,
      `{"type":"storage","action":"put_object","correlation_id":"${correlation_id}","payload":{"container":"${container}","path":"x","data":{"__proto__":{"a":1}}}}`,
    );
    const { body } = await results.next((heard) => heard.body['correlation_id'] === correlation_id);
    expect(body).toMatchObject({
      status: 'error',
      errors: ['payload must not contain the key __proto__'],
    });
  });

  it('stores nothing, and the next message is handled', async () => {
    const { KeyCount } = await service.aws.s3.send(new ListObjectsV2Command({ Bucket: container }));
    expect(KeyCount).toBe(0);
    await expectNextMessageHandled();
  });
});

describe('A Command of 300 KB', () => {
  const body = 'x'.repeat(300_000);

  it('over HTTP is refused on the way in with 413', async () => {
    const answer = await fetch(`${service.url}/api/commands`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ type: 'storage', ...putting({ body }) }),
    });
    expect(answer.status).toBe(413);
    expect(await answer.json()).toMatchObject({
      status: 413,
      detail: expect.stringMatching(/payload bucket/),
    });
  });
});
