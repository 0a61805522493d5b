import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import type { RunningService } from '../../src/app/bootstrap.js';
import { startWholeService } from '../support/service.js';

const CHROMIUM = '/usr/bin/chromium';

// Debian's package; .ci/run installs it. Without it nothing below is shown.
const inBrowser = existsSync(CHROMIUM) ? describe : describe.skip;

inBrowser('The AsyncAPI page, in Chromium (skipped where it is not installed)', () => {
  let service: RunningService;
  let browser: Browser;

  beforeAll(async () => {
    service = await startWholeService();
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    });
  });

  afterAll(async () => {
    await browser.close();
    await service.close();
  });

  it('the page of the AsyncAPI document shows topics, queues and messages, and calls only the service', async () => {
    const page = await browser.newPage();
    const [asked, faults]: [string[], string[]] = [[], []];
    page.on('request', (request) => void asked.push(request.url()));
    page.on('pageerror', (error) => void faults.push(error.message));
    await page.goto(`${service.url}/api/asyncapi`);
    for (const text of ['pudato-storage-queue', 'pudato-results', 'storage.put_object'])
      await page.locator('#document', { hasText: text }).waitFor();
    expect(asked.filter((url) => !url.startsWith(service.url) && !url.startsWith('data:'))).toEqual(
      [],
    );
    expect(faults).toEqual([]);
  });
});
