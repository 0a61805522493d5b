import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const run = promisify(execFile);

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'weft-home-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

/** What a program of Weft says of itself after its first step, with this home. */
async function preparedProcess(): Promise<{ folder?: string; umask: number }> {
  const program = `
    import module from 'node:module';
    const { prepareProcess } = await import('./src/app/prepare-process.ts');
    prepareProcess();
    console.log(JSON.stringify({ folder: module.getCompileCacheDir(), umask: process.umask() }));`;
  const { stdout } = await run(
    process.execPath,
    ['--import', './test/support/ts-hooks.js', '--input-type=module', '--eval', program],
    { env: { PATH: process.env['PATH'], HOME: home, TMPDIR: home } },
  );
  return JSON.parse(stdout) as { folder?: string; umask: number };
}

describe('A program of Weft', () => {
  it('keeps compiled code in a folder of its user alone, and makes files that others cannot read', async () => {
    const { folder = '', umask } = await preparedProcess();
    expect(umask).toBe(0o077);
    const own = join(home, '.cache', 'weft', 'compile-cache');
    expect(folder.slice(0, own.length)).toBe(own);
    expect((await stat(own)).mode & 0o777).toBe(0o700);
  });

  it('keeps no compiled code where it can have no such folder', async () => {
    await writeFile(join(home, '.cache'), '');
    expect(await preparedProcess()).toEqual({ umask: 0o077 });
  });
});
