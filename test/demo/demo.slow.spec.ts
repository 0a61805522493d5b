import { spawn, type ChildProcess } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DemoApi } from '../../src/demo/demo.api.js';
import { readInputFolder } from '../../src/demo/input-files.js';
import { CONTAINER, StoreFiles } from '../../src/demo/store-files.js';
import { freePort } from '../support/free-port.js';
import { startWholeService } from '../support/service.js';
import { waitFor } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weft-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

class Run {
  readonly ended: Promise<number | null>;
  #output = '';

  constructor(readonly child: ChildProcess) {
    const collect = (chunk: Buffer): void => void (this.#output += chunk.toString());
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    this.ended = once(child, 'close').then(() => child.exitCode);
  }

  get output(): string {
    return this.#output;
  }
}

/** The demo as `npm run demo` runs it, on the sources. */
function startDemo(args: readonly string[], env: NodeJS.ProcessEnv): Run {
  const entry = ['--import', './test/support/ts-hooks.js', './src/demo/main.ts'];
  const { PATH, HOME } = process.env;
  return new Run(
    spawn(process.execPath, [...entry, ...args], {
      cwd: ROOT,
      env: { PATH, HOME, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    }),
  );
}

/** Files of these sizes, in folders of up to 50, with names that need care. */
async function makeFiles(name: string, sizes: readonly number[]): Promise<string> {
  const input = join(folder, name);
  for (const [index, bytes] of sizes.entries()) {
    const file = join(input, `part ${Math.floor(index / 50)}`, `ü-${index}+&.bin`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, randomFillSync(Buffer.alloc(bytes)));
  }
  return input;
}

/** Steps of the newest job that have succeeded, as the service on this port says. */
async function endedSteps(port: number): Promise<number> {
  const [job] = (await get<{ jobs: { job_id: string }[] }>(port, '/api/jobs')).jobs;
  const { steps } = await get<{ steps: { status: string }[] }>(
    port,
    `/api/jobs/${job?.job_id}/steps`,
  );
  return steps.filter(({ status }) => status === 'success').length;
}

/** A demo that was killed before its last step had ended, with so many files that a test which stood still sees it at work. */
async function killedInMidWork() {
  for (let count = 600; ; count *= 2) {
    const sizes = Array.from({ length: count }, (_, index) => 1000 + index);
    const input = await makeFiles(`killed-${count}`, sizes);
    const port = await freePort();
    const env = { WEFT_DATA_DIR: join(folder, `killed-data-${count}`), PORT: String(port) };
    const run = startDemo(['--input', input], env);
    let ended = 0;
    await waitFor('the first step to end', async () => {
      if (run.child.exitCode !== null) return true;
      return (ended = await endedSteps(port)) > 0;
    });
    run.child.kill('SIGKILL');
    await run.ended;
    if (ended > 0 && ended < count) return { count, input, env };
  }
}

async function get<T>(port: number, path: string): Promise<T> {
  return (await (await fetch(`http://127.0.0.1:${port}${path}`)).json()) as T;
}

describe('the demo', () => {
  it('stores 500 files of mixed sizes up to 5 MB and reads every byte back', async () => {
    const MB = 1024 * 1024;
    const small = Array.from({ length: 480 }, (_, index) => (index * 7919) % 40_000);
    const large = Array.from({ length: 16 }, (_, index) => 250_000 + index * 30_000);
    const sizes = [0, ...small, ...large, 2 * MB, 4 * MB, 5 * MB];
    const input = await makeFiles('mixed', sizes);
    const run = startDemo(['--input', input], { WEFT_DATA_DIR: join(folder, 'mixed-data') });
    expect(await run.ended.then((code) => ({ code, output: run.output }))).toEqual({
      code: 0,
      output: expect.stringContaining('Everything was confirmed by reading it back.'),
    });
    expect(run.output).toMatch(/Weft demo: 500 files/);
    expect(run.output).toMatch(
      /Results followed into the registry\s+500 .* every step success, each once/,
    );
    expect(run.output).toMatch(/objects read back\s+500 .* every byte equal/);
  });

  it('killed in mid-work and started again over the same folder, ends every Command in one terminal step', async () => {
    const { count, input, env } = await killedInMidWork();
    const second = startDemo(['--input', input], env);
    const code = await second.ended;
    // With the output where it failed: it says why.
    expect({ code, output: code === 0 ? '' : second.output }).toEqual({ code: 0, output: '' });
    expect(second.output).toMatch(
      /A run before this one did not end: job-[\da-f]{12} is taken up again/,
    );
    expect(second.output).toMatch(
      new RegExp(`registry\\s+${count} .* every step success, each once`),
    );
    expect(second.output).toMatch(new RegExp(`objects read back\\s+${count} .* every byte equal`));
  });

  it.each([
    [['--help'], 0, 'Usage: npm run demo'],
    [['--inptu', '.'], 1, "Unknown option '--inptu'"],
    [['--input', '/no/such/folder'], 1, 'no such file or directory'],
  ])('answers %j with exit code %i', async (args, code, text) => {
    const run = startDemo(args, { WEFT_DATA_DIR: ':memory:' });
    expect(await run.ended).toBe(code);
    expect(run.output).toContain(text);
  });

  it('fails, naming the file, when a single byte of an object is not the one stored', async () => {
    const input = await makeFiles('tampered', [10, 20, 30]);
    const service = await startWholeService();
    try {
      const work = await StoreFiles.plan(new DemoApi(service), await readInputFolder(input));
      await work.createJob();
      await work.addSteps();
      await work.publish();
      expect(await work.followResults(() => undefined)).toBe(3);
      expect(await work.readBack()).toBe(60);
      const tampered = { Bucket: CONTAINER, Key: 'part 0/ü-1+&.bin', Body: Buffer.alloc(20) };
      await service.aws.s3.send(new PutObjectCommand(tampered));
      await expect(work.readBack()).rejects.toThrow('part 0/ü-1+&.bin was read back');
    } finally {
      await service.close();
    }
  });
});
