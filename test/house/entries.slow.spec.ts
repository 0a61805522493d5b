import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

const { exports } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as {
  exports: Record<string, { readonly default: string } | string>;
};
const entries = Object.entries(exports).flatMap(([name, target]) =>
  typeof target === 'string'
    ? []
    : [[name, target.default.replace('./dist', 'src').replace('.js', '.ts')] as const],
);

describe('each entry of the package', () => {
  it.each(entries)(
    '%s can be imported alone, without reflect-metadata or another entry before it',
    async (_name, source) => {
      const program = `const entry = await import(${JSON.stringify(ROOT + source)}); console.log(Object.keys(entry).length > 0);`;
      const args = ['--import', './test/support/ts-hooks.js', '--input-type=module', '-e', program];
      const { stdout } = await promisify(execFile)(process.execPath, args, {
        cwd: ROOT,
        env: { ...process.env, NODE_OPTIONS: '' },
      });
      expect(stdout).toBe('true\n');
    },
  );
});
