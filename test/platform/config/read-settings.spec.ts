import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError, readSettings } from '../../../src/platform/config/index.js';

describe('readSettings', () => {
  const before = { ...process.env };
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'weft-config-'));
    file = join(folder, '.env');
    for (const name of ['PORT', 'HOST', 'AWS_PROFILE']) delete process.env[name];
  });

  afterEach(async () => {
    for (const name of ['PORT', 'HOST', 'AWS_PROFILE']) delete process.env[name];
    Object.assign(process.env, before);
    await rm(folder, { recursive: true });
  });

  it('reads .env, and lets the environment win over it', async () => {
    await writeFile(file, 'PORT=4000\nHOST="localhost"\n');
    process.env['PORT'] = '5000';
    expect((await readSettings({ envFile: file })).http).toMatchObject({
      port: 5000,
      host: 'localhost',
    });
  });

  it('needs no .env', async () => {
    expect((await readSettings({ envFile: file })).http.port).toBe(3000);
  });

  it('hands what .env says of AWS to the SDK', async () => {
    await writeFile(file, 'AWS_PROFILE=somebody\n');
    await readSettings({ envFile: file });
    expect(process.env['AWS_PROFILE']).toBe('somebody');
  });

  it('rejects with every fault in one error', async () => {
    await writeFile(file, 'PORT=x\nHOST=a b\n');
    const failure = await readSettings({ envFile: file }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ConfigurationError);
    expect(failure).toMatchObject({ faults: [{ variable: 'HOST' }, { variable: 'PORT' }] });
  });
});
