import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { waitFor } from '../support/wait.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const BUILD_MS = 200_000;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'weft-group-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** `npm start` as a terminal or a supervisor starts it: the leader of a process group. */
async function npmStart(): Promise<{ pid: number; out: () => string; ended: Promise<unknown[]> }> {
  const child = spawn('npm', ['start'], {
    cwd: ROOT,
    detached: true,
    env: { ...process.env, NODE_OPTIONS: '', PORT: '0', LOG_FORMAT: 'json', WEFT_DATA_DIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error('npm could not be started');
  const ended = once(child, 'close');
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (out += text));
  await waitFor('the service to listen', () => out.includes('Listening on') || undefined, {
    timeoutMs: BUILD_MS,
  });
  return { pid, out: () => out, ended };
}

describe('npm start', () => {
  // npm passes on what it gets, so the service gets each signal of the group twice.
  it.each(['SIGINT', 'SIGTERM', 'SIGINT', 'SIGTERM'] as const)(
    'drains and ends with 0 when its process group gets %s',
    async (signal) => {
      const { pid, out, ended } = await npmStart();
      process.kill(-pid, signal);
      const [code] = await ended;
      expect(out()).toContain(`${signal}: draining`);
      expect(out()).toContain('"msg":"Stopped"');
      expect(code).toBe(0);
    },
  );
});
