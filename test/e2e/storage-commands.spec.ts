import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command, type Result } from '../../src/protocol/index.js';
import {
  makeContainer,
  OutsideWorld,
  startWholeService,
  type Listener,
} from '../support/service.js';

let service: RunningService;
let commands: CommandsClient;
let container: string;
let results: Listener;
let events: Listener;

beforeAll(async () => {
  service = await startWholeService();
  commands = service.app.get(CommandsClient);
  container = await makeContainer(service);
  const outside = new OutsideWorld(service);
  results = await outside.listenTo('pudato-results');
  events = await outside.listenTo('pudato-events');
});
afterAll(() => service.close());

const send = async (
  action: string,
  payload: Record<string, unknown>,
  more: Partial<Command> = {},
): Promise<Result> => {
  const result = await commands.request(
    new Command({ type: 'storage', action, payload, ...more }),
    10_000,
  );
  if (result === undefined) throw new Error(`No Result for ${action}`);
  return result;
};

const of = (command: { correlation_id: string }) => (heard: { body: Record<string, unknown> }) =>
  heard.body['correlation_id'] === command.correlation_id;

describe('Storage Commands', () => {
  it('store an object, and say so to the caller, on the results topic and on the events topic', async () => {
    const command = new Command({
      type: 'storage',
      action: 'put_object',
      payload: { container, path: 'a/b.txt', body: 'hello', content_type: 'text/plain' },
      job_id: 'job-1',
      step_id: 'step-1',
    });
    const result = await commands.request(command, 10_000);
    expect(result).toMatchObject({
      status: 'success',
      data: { etag: '5d41402abc4b2a76b9719d911017c592', version_id: null },
      errors: [],
      correlation_id: command.correlation_id,
      job_id: 'job-1',
      step_id: 'step-1',
      handler: 'storage',
      inputs: [],
      outputs: [
        {
          ref_type: 'file',
          location: `${container}/a/b.txt`,
          format: 'text/plain',
          metadata: {},
        },
      ],
    });
    expect(Number.isInteger(result?.duration_ms)).toBe(true);

    const published = await results.next(of(command));
    expect(published.body).toEqual(JSON.parse(JSON.stringify(result)));
    expect(published.attributes).toMatchObject({
      status: 'success',
      correlation_id: command.correlation_id,
      handler: 'storage',
    });
    expect(Object.keys(published.body)).toEqual([
      'status',
      'data',
      'errors',
      'correlation_id',
      'job_id',
      'step_id',
      'duration_ms',
      'timestamp',
      'handler',
      'inputs',
      'outputs',
      'executions',
    ]);

    const event = await events.next(of(command));
    expect(event.attributes).toMatchObject({
      type: 'storage.object_created',
      correlation_id: command.correlation_id,
    });
    expect(event.body).toMatchObject({
      type: 'storage.object_created',
      source: 'storage-handler',
      payload: { container, path: 'a/b.txt', size: 5 },
    });
  });

  it('give an object back with every field of the contract', async () => {
    await send('put_object', {
      container,
      path: 'fields',
      body_base64: 'AAEC/w==',
      metadata: { Author: 'me' },
    });
    const { data, inputs, outputs } = await send('get_object', { container, path: 'fields' });
    expect(Object.keys(data ?? {})).toEqual([
      'content_type',
      'content_length',
      'etag',
      'metadata',
      'last_modified',
      'body_base64',
      'size',
    ]);
    expect(data).toMatchObject({
      content_type: 'application/octet-stream',
      content_length: 4,
      metadata: { author: 'me' },
      body_base64: 'AAEC/w==',
      size: 4,
    });
    expect(inputs).toMatchObject([
      {
        ref_type: 'file',
        location: `${container}/fields`,
        format: 'application/octet-stream',
      },
    ]);
    expect(outputs).toEqual([]);
  });

  it('describe an object without its body, and without lineage', async () => {
    await send('put_object', { container, path: 'head', body: 'x' });
    const { data, inputs, outputs } = await send('head_object', { container, path: 'head' });
    expect(data).toMatchObject({ content_length: 1, size: 1 });
    expect(data).not.toHaveProperty('body_base64');
    expect([...inputs, ...outputs]).toEqual([]);
  });

  it('delete an object, and one that is not there, and tell of it', async () => {
    await send('put_object', { container, path: 'gone', body: 'x' });
    const deleted = await send('delete_object', { container, path: 'gone' });
    expect(deleted.data).toEqual({ deleted: true, version_id: null });
    expect((await events.next(of(deleted))).attributes['type']).toBe('storage.object_deleted');
    expect((await send('delete_object', { container, path: 'gone' })).data).toMatchObject({
      deleted: true,
    });
    expect((await send('get_object', { container, path: 'gone' })).errors).toEqual([
      `Object not found: ${container}/gone`,
    ]);
  });

  it('list objects page by page', async () => {
    for (const name of ['1', '2', '3']) {
      await send('put_object', { container, path: `list/${name}`, body: name });
    }
    const first = await send('list_objects', { container, prefix: 'list/', max_keys: 2 });
    expect(first.data).toMatchObject({
      objects: [
        { path: 'list/1', size: 1, etag: expect.stringMatching(/^[0-9a-f]{32}$/) },
        { path: 'list/2' },
      ],
      is_truncated: true,
      count: 2,
    });
    const { data } = await send('list_objects', {
      container,
      prefix: 'list/',
      continuation_token: first.data?.['continuation_token'],
    });
    expect(data).toMatchObject({
      objects: [{ path: 'list/3' }],
      is_truncated: false,
      continuation_token: null,
      count: 1,
    });
  });

  it.each([
    ['text', 'plain', 'plain'],
    [
      'an object, every key of it',
      { constructor: { a: 1 }, b: [null] },
      '{"constructor":{"a":1},"b":[null]}',
    ],
    ['false', false, 'false'],
  ])('store data that is %s', async (_what, data, stored) => {
    await send('put_object', { container, path: 'data', data });
    const { data: object } = await send('get_object', { container, path: 'data' });
    expect(Buffer.from(String(object?.['body_base64']), 'base64').toString()).toBe(stored);
  });

  it('store an empty object', async () => {
    await send('put_object', { container, path: 'empty', body: '' });
    expect((await send('get_object', { container, path: 'empty' })).data).toMatchObject({
      body_base64: '',
      size: 0,
    });
  });

  it('keep a path of 1024 bytes and characters of every script', async () => {
    const path = `日本/😀 ?#&+%41/${'x'.repeat(1024)}`;
    const fitting = Buffer.from(path).subarray(0, 1024).toString();
    await send('put_object', { container, path: fitting, body: 'x' });
    const { data } = await send('list_objects', { container, prefix: '日本/😀 ?#&+%41/' });
    expect(data).toMatchObject({ objects: [{ path: fitting }] });
  });

  it('name a container that does not exist', async () => {
    const payload = { container: 'no-such-container', path: 'x', body: 'x' };
    const text = 'Container not found: no-such-container';
    expect((await send('put_object', payload)).errors).toEqual([text]);
    expect((await send('list_objects', payload)).errors).toEqual([text]);
  });

  it('refuse to put an object over 8 MiB into a Result', async () => {
    const { PutObjectCommand } = await import('@aws-sdk/client-s3');
    const Body = Buffer.alloc(8 * 1024 * 1024 + 1);
    await service.aws.s3.send(new PutObjectCommand({ Bucket: container, Key: 'big', Body }));
    const { status, errors } = await send('get_object', { container, path: 'big' });
    expect(status).toBe('error');
    expect(errors[0]).toMatch(/^Object too large for a Result: .*8388609 bytes/);
  });

  it('carry 5 MiB there and back by claim-check', async () => {
    const body = Buffer.alloc(5 * 1024 * 1024, 'abcdefg').toString('base64');
    await send('put_object', { container, path: 'large', body_base64: body });
    const { data } = await send('get_object', { container, path: 'large' });
    expect(data?.['body_base64'] === body).toBe(true);
  });
});
