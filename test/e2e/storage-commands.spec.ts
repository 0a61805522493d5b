import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { CommandsClient } from '../../src/messaging/index.js';
import { Command, type Result } from '../../src/protocol/index.js';
import {
  ANSWER_MS,
  makeContainer,
  OutsideWorld,
  resultOf,
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

const send = (
  action: string,
  payload: Record<string, unknown>,
  more: Partial<Command> = {},
): Promise<Result> => resultOf(service, { type: 'storage', action, payload, ...more });

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
    const result = await commands.request(command, ANSWER_MS);
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
    expect(result?.duration_ms).toBe(Math.trunc(Number(result?.duration_ms)));

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

  it('delete an object, and one that does not exist, and publish it', async () => {
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
    expect((await send('list_objects', { container: 'no-such-container' })).errors).toEqual([
      'Container not found: no-such-container',
    ]);
  });

  it('make a container of the embedded stack when the first object is stored in it', async () => {
    const place = { container: `made-${randomUUID().slice(0, 8)}`, path: 'first.txt' };
    expect(await send('put_object', { ...place, body: 'x' })).toMatchObject({ status: 'success' });
    expect((await send('get_object', place)).data).toMatchObject({ size: 1 });
  });

  it('never reach the payload bucket', async () => {
    const place = { container: 'weft-payloads', path: 'x' };
    const refused = ['Container not allowed: weft-payloads. It is the payload bucket'];
    expect((await send('get_object', place)).errors).toEqual(refused);
    expect((await send('put_object', { ...place, body: 'x' })).errors).toEqual(refused);
    expect((await send('list_objects', place)).errors).toEqual(refused);
    expect((await send('presign', place)).errors).toEqual(refused);
    const copy = { source: place, target: { container, path: 'stolen' } };
    expect((await send('copy_object', copy)).errors).toEqual(refused);
  });

  it.each([
    ['notes.txt', 'text/plain'],
    ['data/part-0.JSON', 'application/json'],
    ['rows.csv', 'text/csv'],
    ['no-extension', 'application/octet-stream'],
    ['odd.x-unheard-of', 'application/octet-stream'],
  ])('give %s the content type of its extension, in the lineage as well', async (path, type) => {
    const { outputs } = await send('put_object', { container, path, body: '{}' });
    expect(outputs).toMatchObject([{ format: type }]);
    expect((await send('head_object', { container, path })).data).toMatchObject({
      content_type: type,
    });
  });

  it('copy an object with its type and metadata, and publish it', async () => {
    const source = { container, path: 'copy/from ü+&.txt' };
    const target = { container, path: 'copy/to.bin' };
    await send('put_object', { ...source, body: 'same', metadata: { owner: 'me' } });
    const copied = await send('copy_object', { source, target });
    expect(copied).toMatchObject({
      status: 'success',
      data: { etag: '51037a4a37730f52c8732586d3aaa316', version_id: null },
      inputs: [{ location: `${container}/${source.path}`, format: 'text/plain' }],
      outputs: [{ location: `${container}/${target.path}`, format: 'text/plain' }],
    });
    expect((await events.next(of(copied))).body).toMatchObject({
      type: 'storage.object_created',
      payload: { ...target, size: 4, content_type: 'text/plain' },
    });
    expect((await send('get_object', target)).data).toMatchObject({
      body_base64: Buffer.from('same').toString('base64'),
      metadata: { owner: 'me' },
    });
  });

  it('name the source of a copy that is not there, with its reference', async () => {
    const source = { container, path: 'copy/nothing' };
    const { errors, inputs } = await send('copy_object', { source, target: source });
    expect(errors).toEqual([`Object not found: ${container}/copy/nothing`]);
    expect(inputs).toMatchObject([{ location: `${container}/copy/nothing` }]);
  });

  it('say what a copy lacks', async () => {
    expect((await send('copy_object', {})).errors).toEqual([
      'Missing required fields: source, target',
    ]);
    const { errors } = await send('copy_object', { source: { container }, target: 'x' });
    expect(errors[0]).toMatch(/^source\.path must have 1 to 1024 bytes/);
    expect(errors[0]).toMatch(/target must be an object/);
  });

  it('store an object only where there is none, and only in place of the one that is named', async () => {
    const place = { container, path: 'conditional' };
    const first = await send('put_object', { ...place, body: '1', if_none_match: '*' });
    expect(first.status).toBe('success');
    expect((await send('put_object', { ...place, body: '2', if_none_match: '*' })).errors).toEqual([
      `Precondition failed: ${container}/conditional exists or has changed`,
    ]);
    const etag = first.data?.['etag'];
    expect((await send('put_object', { ...place, body: '3', if_match: etag })).status).toBe(
      'success',
    );
    expect((await send('put_object', { ...place, body: '4', if_match: etag })).errors).toEqual([
      `Precondition failed: ${container}/conditional exists or has changed`,
    ]);
    expect((await send('get_object', place)).data).toMatchObject({
      body_base64: Buffer.from('3').toString('base64'),
      metadata: {},
    });
    expect(
      (await send('put_object', { ...place, path: 'not-there', body: '5', if_match: etag })).errors,
    ).toEqual([`Object not found: ${container}/not-there`]);
  });

  it('refuse two conditions at once, and other conditions than S3 has', async () => {
    const put = { container, path: 'x', body: 'x' };
    const both = await send('put_object', { ...put, if_none_match: '*', if_match: 'abc' });
    expect(both.errors).toEqual(['if_match must not be given along with if_none_match']);
    const other = await send('put_object', { ...put, if_none_match: 'abc' });
    expect(other.errors).toEqual(['if_none_match must be "*"']);
  });

  it('sign a URL that reads, and one that writes, any bytes', async () => {
    const place = { container, path: 'signed/ü 1+%.txt' };
    const put = await send('presign', { ...place, method: 'PUT', expires_in: 60 });
    const written = await fetch(String(put.data?.['url']), { method: 'PUT', body: 'by the URL' });
    expect(written.status).toBe(200);
    const { data, inputs, outputs } = await send('presign', place);
    expect([...inputs, ...outputs]).toEqual([]);
    expect(await (await fetch(String(data?.['url']))).text()).toBe('by the URL');
    expect(Date.parse(String(data?.['expires_at'])) - Date.now()).toBeGreaterThan(3_500_000);
    expect(String(put.data?.['url'])).not.toMatch(/checksum-(?:crc32|algorithm)/i);
  });

  it('refuse a URL that lives for longer than seven days', async () => {
    const { errors } = await send('presign', { container, path: 'x', expires_in: 604_801 });
    expect(errors).toEqual(['expires_in must be from 1 to 604800 seconds']);
  });
});
