import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The command as a process, from its sources. */
async function weft(args: readonly string[], env: Record<string, string> = {}) {
  const hooks = join(ROOT, 'test/support/ts-hooks.js');
  const child = spawn(process.execPath, ['--import', hooks, join(ROOT, 'src/cli.ts'), ...args], {
    cwd: join(ROOT, 'test'),
    env: { PATH: process.env['PATH'], WEFT_DATA_DIR: ':memory:', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
  const [code]: unknown[] = await once(child, 'close');
  return { code, out, err };
}

describe('weft', () => {
  it('lists its commands with --help and ends with 0, and refuses an unknown one with 2', async () => {
    const [help, unknown] = await Promise.all([weft(['--help']), weft(['nonsense'])]);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(/start .*[^]*topology .*[^]*doctor /);
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain("unknown command 'nonsense'");
  });

  it('finds nothing wrong on a bare machine: doctor ends with 0 and prints only JSON', async () => {
    const { code, out, err } = await weft(['doctor', '--json']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const lines = JSON.parse(out) as { check: string; ok: boolean }[];
    expect(lines.map(({ check }) => check)).toEqual(
      expect.arrayContaining(['Node', 'Settings', 'Stack', 'Documents']),
    );
    expect(lines.filter(({ ok }) => !ok)).toEqual([]);
  });

  it('names each missing setting and its remedy: doctor ends with 3, any other command with 1', async () => {
    const env = { WEFT_STACK: 'aws' };
    const [doctor, verify] = await Promise.all([
      weft(['doctor'], env),
      weft(['topology', 'verify'], env),
    ]);
    expect(doctor.code).toBe(3);
    expect(doctor.out).toMatch(
      /FAIL {2}Settings: Missing required environment variable: AWS_REGION.*\n +→ Set it/,
    );
    expect(doctor.out).toContain('Missing required environment variable: MONGODB_URI');
    expect(verify).toMatchObject({ code: 1, out: '' });
    expect(verify.err).toContain('Missing required environment variable: AWS_REGION');
  });

  it('names the option that was typed, not the variable it overrides, and a folder that cannot be created', async () => {
    const [start, schemas] = await Promise.all([
      weft(['start', '--handler', 'nope']),
      weft(['schemas', '--dir', '/proc/weft']),
    ]);
    expect(start).toMatchObject({ code: 1, out: '' });
    expect(start.err).toContain('--handler names roles that do not exist: nope. Choose among');
    expect(start.err).not.toContain('WEFT_CONSUME');
    expect(schemas).toMatchObject({ code: 1, out: '' });
    expect(schemas.err).toContain('The folder /proc/weft cannot be created (ENOENT');
  });
});
