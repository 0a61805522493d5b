import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser, type Page } from 'playwright-core';
import { createBackend } from '../../examples/live-session/backend.js';
import { bootstrap, type RunningService } from '../../src/app/bootstrap.js';
import { loadServiceSettings } from '../../src/app/service-settings.js';
import { SessionsService } from '../../src/features/sessions/index.js';
import { freePort } from '../support/free-port.js';

const CHROMIUM = '/usr/bin/chromium';
const KEY = 'a-key-of-more-than-twenty-characters';

// Debian's package; .ci/run installs it. Without it nothing below is shown.
const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

inBrowser(
  'The page of examples/live-session, in Chromium (skipped where it is not installed)',
  () => {
    let folder: string;
    let service: RunningService;
    let browser: Browser;
    let page: Page;
    const backends: ReturnType<typeof createBackend>[] = [];

    const start = async (port: string): Promise<RunningService> =>
      bootstrap(
        loadServiceSettings({
          WEFT_STACK: 'embedded',
          WEFT_DATA_DIR: folder,
          WEFT_API_KEYS: KEY,
          PORT: port,
        }),
        { logger: false },
      );

    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'weft-live-'));
      // A port that the kernel gives to nobody else while the service is restarted.
      service = await start(String(await freePort()));
      const backend = createBackend(service.url, KEY).listen(0, '127.0.0.1');
      backends.push(backend);
      await once(backend, 'listening');
      browser = await chromium.launch({
        executablePath: CHROMIUM,
        args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
      });
      page = await browser.newPage();
      const { port } = backend.address() as AddressInfo;
      await page.goto(`http://127.0.0.1:${port}/`);
    });

    afterAll(async () => {
      await browser.close();
      for (const backend of backends) {
        backend.close();
        backend.closeAllConnections();
      }
      await service.close();
      await rm(folder, { recursive: true });
    });

    const sessionId = (): Promise<string> => page.locator('#session').innerText();
    const shows = (text: string): Promise<unknown> =>
      page.locator('#metadata', { hasText: text }).waitFor();

    it('the live session page shows the metadata of its session, and each change as it happens', async () => {
      await page.locator('#state', { hasText: 'live' }).waitFor();
      await shows('new');
      const sessions = service.app.get(SessionsService);
      await sessions.updateMetadata(await sessionId(), { status: '<b>running</b>', step: 3 });
      await shows('<b>running</b>');
      await sessions.deleteMetadata(await sessionId(), ['step']);
      await page.waitForFunction("!document.body.innerText.includes('step')");
      const { updated_at } = await sessions.get(await sessionId());
      expect(updated_at).toMatch(/^\d{4}-/);
    });

    it('the live session page sends feedback, and says what is wrong with invalid feedback', async () => {
      await page.getByRole('button', { name: 'Bad' }).click();
      await page.locator('#answer', { hasText: 'is required when the rating is "down"' }).waitFor();
      await page.fill('#comment', 'Not quite');
      await page.getByRole('button', { name: 'Bad' }).click();
      await page.locator('#answer', { hasText: 'Thank you' }).waitFor();
      const { feedbacks } = await service.app.get(SessionsService).feedbacks(await sessionId(), 1);
      expect(feedbacks).toMatchObject([{ rating: 'down', comment: 'Not quite' }]);
    });

    it('the live session page reconnects to a restarted service, and shows what changed meanwhile', async () => {
      const id = await sessionId();
      const { port } = new URL(service.url);
      await service.close();
      await page.locator('#state', { hasText: 'reconnecting' }).waitFor();
      service = await start(port);
      await service.app.get(SessionsService).updateMetadata(id, { status: 'after the restart' });
      await shows('after the restart');
      expect(await sessionId()).toBe(id);
    });
  },
);
