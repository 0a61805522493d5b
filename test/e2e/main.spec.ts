import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
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
    return waitFor(
      'the service to listen',
      () => /Listening on (http:[^,]+),/.exec(this.out)?.[1],
      { timeoutMs: 15_000 },
    );
  }
}

let folder: string;
let running: Main[] = [];

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
const HOOKS = ['--import', join(ROOT, 'test/support/ts-hooks.js')];
const WITHOUT_DUCKDB = ['--import', join(ROOT, 'test/e2e/without-duckdb.js')];

const start = (env: Record<string, string> = {}, ...args: readonly string[]): Main =>
  startWith(HOOKS, env, args);

/** @param hooks what Node imports first. */
function startWith(
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

describe('The process', () => {
  it('says first which stack it works on and why, then where it listens, and drains on SIGTERM', async () => {
    const main = start();
    const url = await main.url();
    expect(main.lines()[0]?.msg).toBe(
      'Stack: embedded, because neither NODE_ENV=production nor AWS_ENDPOINT_URL is set',
    );
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    main.child.kill('SIGTERM');
    expect(await main.ended).toBe(0);
    expect(
      main
        .lines()
        .map(({ msg }) => msg)
        .slice(-2),
    ).toEqual(['SIGTERM: draining', 'Stopped']);
    expect(main.err).toBe('');
  }, 30_000);

  it('consumes the queues of --handler alone, whatever WEFT_CONSUME says', async () => {
    const env = { WEFT_DATA_DIR: ':memory:', WEFT_CONSUME: 'sessions' };
    const url = await start(env, '--handler', 'storage', 'results').url();
    const answer = await fetch(`${url}/health/ready`);
    const { info } = (await answer.json()) as { info: { queues: { queues: object } } };
    expect(Object.keys(info.queues.queues)).toEqual([
      'pudato-storage-queue',
      'pudato-results-queue',
    ]);
  }, 30_000);

  it('names every fault of its settings at once, without secrets, and ends with 1', async () => {
    const main = start({ PORT: 'many', WEFT_STACK: 'cloud', WEFT_API_KEYS: 'short-secret' });
    expect(await main.ended).toBe(1);
    for (const variable of ['PORT', 'WEFT_STACK', 'WEFT_API_KEYS']) {
      expect(main.err).toContain(variable);
    }
    expect(main.err).not.toContain('short-secret');
    expect(main.err).not.toMatch(/\n\s+at /);
  }, 30_000);

  it('refuses a folder or a port that another process has, in one clear line', async () => {
    const first = start();
    const { port } = new URL(await first.url());
    const second = start();
    expect(await second.ended).toBe(1);
    expect(second.err).toMatch(/^The data folder .* is in use by process \d+\./);
    const third = start({ WEFT_DATA_DIR: ':memory:', PORT: port });
    expect(await third.ended).toBe(1);
    expect(third.err).toMatch(/^listen EADDRINUSE.*Set PORT to a free port, or to 0\n$/);
  }, 45_000);

  it('says what to install where it consumes queries and DuckDB is missing, and does without it elsewhere', async () => {
    const hooks = [...HOOKS, ...WITHOUT_DUCKDB];
    const main = startWith(hooks, { WEFT_DATA_DIR: ':memory:' });
    expect(await main.ended).toBe(1);
    expect(main.err).toContain(
      'Queries run on duckdb, and @duckdb/node-api is not installed. Install it (npm install @duckdb/node-api), choose another QUERY_ENGINE, or leave query out of WEFT_CONSUME.',
    );
    expect(main.err).not.toMatch(/\n\s+at /);
    const other = startWith(hooks, { WEFT_DATA_DIR: ':memory:', WEFT_CONSUME: 'storage' });
    expect((await fetch(`${await other.url()}/health/ready`)).status).toBe(200);
  }, 45_000);
});
