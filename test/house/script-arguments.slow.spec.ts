import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function runScript(script: string, ...args: string[]): Promise<Ended> {
  const hooks = script.startsWith('bench/') ? 'bench/hooks.js' : 'test/support/ts-hooks.js';
  const child = spawn(process.execPath, ['--import', `./${hooks}`, script, ...args], { cwd: ROOT });
  const code = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return Promise.all([code, text(child.stdout), text(child.stderr)]).then(([ended, out, err]) => ({
    code: ended,
    out,
    err,
  }));
}

describe('the scripts of package.json', () => {
  it.each([
    ['bench/main.ts'],
    ['test/simulation/crashes/main.ts'],
    ['test/faults/main.ts'],
    ['test/faults/sessions/main.ts'],
    ['test/fuzz/main.ts'],
    ['test/mutation/main.js'],
    ['test/engines/launcher/main.ts'],
  ])('%s prints its usage with --help, and refuses an unknown option in words', async (script) => {
    const [help, unknown] = await Promise.all([
      runScript(script, '--help'),
      runScript(script, '--no-such-option'),
    ]);
    expect(help).toMatchObject({ code: 0, out: expect.stringContaining('npm run '), err: '' });
    expect(unknown).toMatchObject({ code: 2, out: '' });
    expect(unknown.err).toContain('--no-such-option');
    expect(unknown.err).not.toContain('    at ');
  });

  it('examples/orders/export.ts refuses a format that it does not have, and names those it has', async () => {
    expect(await runScript('examples/orders/export.ts', '__proto__')).toEqual({
      code: 2,
      out: '',
      err: 'There is no format "__proto__". Choose among cloudformation, terraform, iam.\n',
    });
  });
});
