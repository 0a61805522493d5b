import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../../src/app/bootstrap.js';
import type { JsonObject, Result } from '../../../src/protocol/index.js';
import { makeContainer, OutsideWorld, resultOf, type Listener } from '../../support/service.js';
import { CLOSE_TIMEOUT_MS, startOnEngines } from '../service.js';

let service: RunningService;
let container: string;
let results: Listener;
let events: Listener;

beforeAll(async () => {
  service = await startOnEngines();
  container = await makeContainer(service);
  const outside = new OutsideWorld(service);
  const { topicPrefix } = service.settings.messaging;
  results = await outside.listenTo(`${topicPrefix}results`);
  events = await outside.listenTo(`${topicPrefix}events`);
});
afterAll(() => service.close(), CLOSE_TIMEOUT_MS);

const send = (action: string, payload: JsonObject): Promise<Result> =>
  resultOf(service, { type: 'storage', action, payload });

describe('Service: storage', () => {
  it('stores, reads, lists and deletes objects', async () => {
    const at = (path: string) => ({ container, path });
    expect(
      await send('put_object', {
        ...at('a/b.txt'),
        body: 'hëllo',
        content_type: 'text/plain',
        metadata: { owner: 'me' },
      }),
    ).toMatchObject({ status: 'success', data: { etag: expect.stringMatching(/^[0-9a-f]{32}$/) } });
    expect((await send('get_object', at('a/b.txt'))).data).toMatchObject({
      body_base64: Buffer.from('hëllo').toString('base64'),
      size: 6,
      content_type: 'text/plain',
      metadata: { owner: 'me' },
    });
    await send('put_object', { ...at('a/c.txt'), body: '' });
    expect((await send('list_objects', { container, prefix: 'a/' })).data).toMatchObject({
      count: 2,
      is_truncated: false,
      objects: [{ path: 'a/b.txt', size: 6 }, { path: 'a/c.txt' }],
    });
    expect((await send('delete_object', at('a/b.txt'))).data).toMatchObject({ deleted: true });
    expect(await send('head_object', at('a/b.txt'))).toMatchObject({ status: 'error' });
  });

  it('lists page by page, each object once', async () => {
    const paths = Array.from({ length: 5 }, (_, n) => `pages/${n}`);
    for (const path of paths) await send('put_object', { container, path, body: path });
    const seen: unknown[] = [];
    let token: JsonObject = {};
    do {
      const { data } = await send('list_objects', {
        container,
        prefix: 'pages/',
        max_keys: 2,
        ...token,
      });
      seen.push(...(Object(data)['objects'] as { path: string }[]).map(({ path }) => path));
      const next = data?.['continuation_token'];
      token = typeof next === 'string' ? { continuation_token: next } : {};
    } while ('continuation_token' in token);
    expect(seen).toEqual(paths);
  });

  it('publishes Result and Event with the attributes others filter by', async () => {
    const { correlation_id } = await send('put_object', { container, path: 'told', body: 'x' });
    const mine = ({ body }: { body: Record<string, unknown> }) =>
      body['correlation_id'] === correlation_id;
    expect((await results.next(mine)).attributes).toMatchObject({
      status: 'success',
      correlation_id,
      handler: 'storage',
    });
    expect((await events.next(mine)).attributes).toMatchObject({
      type: 'storage.object_created',
      correlation_id,
    });
  });

  it('answers what it refuses with the exact text', async () => {
    expect(await send('put_object', {})).toMatchObject({
      status: 'error',
      errors: ['Missing required fields: container, path'],
    });
    expect(await send('get_object', { container: 'no-such-bucket-here', path: 'x' })).toMatchObject(
      { status: 'error' },
    );
  });
});
