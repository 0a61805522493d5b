import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { makeContainer, request, startWholeService } from '../support/service.js';

const KEY = 'a-key-of-at-least-20-characters';
const headers = { Authorization: `Bearer ${KEY}` };

let service: RunningService;
let container: string;

beforeAll(async () => {
  service = await startWholeService({ WEFT_API_KEYS: `another-key-of-20-characters,${KEY}` });
  container = await makeContainer(service);
});
afterAll(() => service.close());

const command = (path = 'x') => ({
  type: 'storage',
  action: 'put_object',
  payload: { container, path, body: 'hello' },
});

describe('API keys', () => {
  it.each(['/api/openapi.json', '/api/docs', '/metrics', '/api/sessions'])(
    'are asked for at %s',
    async (path) => {
      const { status, type, body } = await request(service, path);
      expect(status).toBe(401);
      expect(type).toContain('application/problem+json');
      expect(body).toMatchObject({ title: 'Unauthorized', status: 401 });
      expect((await request(service, path, { headers })).status).toBe(200);
    },
  );

  it('are not asked for at the health checks', async () => {
    expect((await request(service, '/health/live')).body).toEqual({ status: 'ok' });
    expect((await request(service, '/health/ready')).status).toBe(200);
  });

  it.each([
    `Bearer ${KEY}x`,
    `Bearer ${KEY.slice(0, -1)}`,
    `Basic ${KEY}`,
    KEY,
    'Bearer',
    'Bearer  ',
  ])('are not %s', async (authorization) => {
    const answer = await fetch(`${service.url}/metrics`, {
      headers: { Authorization: authorization },
    });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toBe('Bearer');
  });
});

describe('POST /api/commands', () => {
  it('takes a Command and names its correlation id', async () => {
    const { status, body } = await request(service, '/api/commands', { body: command(), headers });
    expect(status).toBe(202);
    expect(body).toEqual({ correlation_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  });

  it('waits for the Result when asked to', async () => {
    const body = { ...command(), correlation_id: 'mine' };
    const answer = await request(service, '/api/commands?wait_seconds=10', { body, headers });
    expect(answer.status).toBe(200);
    expect(answer.body).toMatchObject({ status: 'success', correlation_id: 'mine' });
  });

  it.each(['0', '31', '1.5', 'x', '', '1&wait_seconds=2'])(
    'refuses to wait %s seconds',
    async (wait) => {
      const { status, body } = await request(service, `/api/commands?wait_seconds=${wait}`, {
        body: command(),
        headers,
      });
      expect(status).toBe(400);
      expect(body).toMatchObject({ errors: [{ field: 'wait_seconds' }] });
    },
  );

  it.each<[string, unknown, string[]]>([
    ['no action', { type: 'storage' }, ['action']],
    ['neither type nor action', {}, ['type', 'action']],
    ['wrong types', { type: 'a', action: 'b', payload: [], job_id: 3 }, ['payload', 'job_id']],
    ['a type nobody handles', { type: 'juggling', action: 'b' }, ['type']],
    ['a list', [], ['']],
  ])('names each field of a Command with %s', async (_what, body, fields) => {
    const answer = await request<{ errors: { field: string }[] }>(service, '/api/commands', {
      body,
      headers,
    });
    expect(answer.status).toBe(400);
    expect(answer.type).toContain('application/problem+json');
    expect(answer.body.errors.map(({ field }) => field)).toEqual(fields);
  });

  it('refuses a body that is not JSON, or over 1 MiB', async () => {
    const notJson = await request(service, '/api/commands', { body: '{"type":', headers });
    expect(notJson).toMatchObject({
      status: 400,
      type: expect.stringContaining('application/problem+json'),
      body: { detail: 'The body is not a JSON object or list' },
    });
    const noObject = await request(service, '/api/commands', { body: 'null', headers });
    expect(noObject).toMatchObject({ status: 400, body: notJson.body });
    const body = { ...command(), metadata: { text: 'x'.repeat(1024 * 1024) } };
    const tooLarge = await request(service, '/api/commands', { body, headers });
    expect(tooLarge).toMatchObject({
      status: 413,
      body: { title: 'Payload Too Large', detail: 'The body is larger than 1 MiB' },
    });
    expect(tooLarge.type).toContain('application/problem+json');
  });

  it('takes 300 KB, by claim-check', async () => {
    const body = {
      ...command('large'),
      payload: { container, path: 'large', body: 'x'.repeat(300_000) },
    };
    const answer = await request(service, '/api/commands?wait_seconds=10', { body, headers });
    expect(answer).toMatchObject({ status: 200, body: { status: 'success' } });
  });
});

describe('The rest of HTTP', () => {
  it('answers what is not there as problem+json', async () => {
    const { status, type, body } = await request(service, '/nope', { headers });
    expect(status).toBe(404);
    expect(type).toContain('application/problem+json');
    expect(body).toMatchObject({ type: '/api/errors#http-404', title: 'Not Found', status: 404 });
  });

  it('serves the page that the type of a problem points into, to anyone', async () => {
    const { status, type, body } = await request<string>(service, '/api/errors');
    expect({ status, type }).toEqual({ status: 200, type: 'text/markdown; charset=utf-8' });
    expect(body).toContain('### HTTP 404');
  });

  it('describes itself, as a document and as a page', async () => {
    const { body } = await request<{ paths: object }>(service, '/api/openapi.json', { headers });
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining(['/api/commands', '/api/sessions', '/health/ready']),
    );
    const page = await request<string>(service, '/api/docs', { headers });
    const files = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, file]) => file ?? '');
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) {
      expect((await request(service, file, { headers })).status).toBe(200);
    }
    expect((await request(service, '/api/docs/..%2fpackage.json', { headers })).status).toBe(404);
  });

  it('counts messages and requests, by the pattern of their route', async () => {
    await request(service, '/api/commands?wait_seconds=10', { body: command(), headers });
    await request(service, '/api/sessions/some-session', { headers });
    const { body } = await request<string>(service, '/metrics', { headers });
    expect(body).toContain('process_cpu_seconds_total');
    expect(body).toMatch(
      /weft_message_duration_seconds_count\{service="weft",queue="pudato-storage-queue",pattern="storage.put_object"\} \d/,
    );
    expect(body).toMatch(/weft_messages_in_flight\{[^}]*queue="pudato-storage-queue"[^}]*\} \d/);
    expect(body).toMatch(/route="\/api\/sessions\/:id",status="404"/);
    expect(body).not.toContain('some-session');
  });
});
