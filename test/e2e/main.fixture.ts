import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach } from '@jest/globals';
import { waitFor } from '../support/wait.js';

type Child = ChildProcessByStdio<null, Readable, Readable>;

/** The service as `npm start` runs it, but from its sources. */
class Main {
  out = '';
  err = '';
  readonly ended: Promise<number | null>;

  constructor(readonly child: Child) {
    child.stdout.setEncoding('utf8').on('data', (text: string) => (this.out += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.err += text));
    this.ended = once(child, 'close').then(() => child.exitCode);
  }

  lines(): { msg: string }[] {
    return this.out
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as { msg: string });
  }

  url(): Promise<string> {
    return waitFor('the service to listen', () => /Listening on (http:[^,]+),/.exec(this.out)?.[1]);
  }
}

let folder: string;
let running: Main[] = [];

/** Every process of a test ends with it. */
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-main-'));
});
afterEach(async () => {
  for (const { child, ended } of running) {
    child.kill('SIGKILL');
    await ended;
  }
  running = [];
  rmSync(folder, { recursive: true, force: true });
});

const ROOT = new URL('../..', import.meta.url).pathname;
export const HOOKS = ['--import', join(ROOT, 'test/support/ts-hooks.js')];
export const WITHOUT_DUCKDB = ['--import', join(ROOT, 'test/e2e/without-duckdb.js')];

/** Starts the service of the sources in a folder of its own. */
export const start = (env: Record<string, string> = {}, ...args: readonly string[]): Main =>
  startWith(HOOKS, env, args);

/** @param hooks what Node imports first. */
export function startWith(
  hooks: readonly string[],
  env: Record<string, string>,
  args: readonly string[] = [],
): Main {
  const child = spawn(process.execPath, [...hooks, join(ROOT, 'src/main.ts'), ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'], PORT: '0', LOG_FORMAT: 'json', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const main = new Main(child);
  running.push(main);
  return main;
}
