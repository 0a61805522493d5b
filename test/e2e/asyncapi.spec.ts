import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { RunningService } from '../../src/app/bootstrap.js';
import { controllersOf } from '../../src/app/controllers.js';
import { FEATURES } from '../../src/app/features.js';
import { describeService } from '../../src/features/schemas/service.document.js';
import { TOPOLOGY } from '../../src/messaging/index.js';
import { SETTINGS, type Settings } from '../../src/platform/config/index.js';
import type { Topology } from '../../src/transport/index.js';
import { request, startWholeService } from '../support/service.js';

const KEY = 'a-key-of-more-than-twenty-characters';
const headers = { Authorization: `Bearer ${KEY}` };

let service: RunningService;
beforeAll(async () => {
  service = await startWholeService({ WEFT_API_KEYS: KEY });
});
afterAll(() => service.close());

describe('the AsyncAPI document over HTTP', () => {
  it('is the one that weft schemas writes for the same settings', async () => {
    const { status, body } = await request(service, '/api/asyncapi.json', { headers });
    const settings = service.app.get<Settings>(SETTINGS);
    const { document } = await describeService(
      service.app.get<Topology>(TOPOLOGY),
      controllersOf(FEATURES.map(({ module }) => module(settings))),
    );
    expect({ status, body }).toEqual({ status: 200, body: document });
  });

  it('is shown by a page that loads nothing of elsewhere', async () => {
    const page = await fetch(`${service.url}/api/asyncapi`, { headers });
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const html = await page.text();
    const paths = [...html.matchAll(/(?:src|href)="(\/[^"]*)"/g)].map(([, path = '']) => path);
    expect(paths).toEqual([
      '/api/asyncapi/asyncapi.css',
      '/api/asyncapi/asyncapi.js',
      '/api/asyncapi/start.js',
    ]);
    for (const path of paths) {
      const answer = await fetch(service.url + path, { headers });
      expect({ path, status: answer.status }).toEqual({ path, status: 200 });
      await answer.body?.cancel();
    }
  });

  it.each(['/api/asyncapi.json', '/api/asyncapi', '/api/asyncapi/start.js'])(
    'needs a key: %s',
    async (path) => {
      expect((await request(service, path)).status).toBe(401);
    },
  );

  it('has no files but its own', async () => {
    for (const path of ['/api/asyncapi/package.json', '/api/asyncapi/constructor'])
      expect((await request(service, path, { headers })).status).toBe(404);
  });
});
