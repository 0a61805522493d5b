import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../..', import.meta.url);
const path = (file: string): string => fileURLToPath(new URL(file, ROOT));

/** Starts a TypeScript file of the tests as a process, with nothing of this one's environment. */
export const forkScript = (
  file: string,
  args: readonly string[] = [],
  preload: readonly string[] = [],
): ChildProcess =>
  fork(path(file), args, {
    execArgv: ['test/support/ts-hooks.js', ...preload].flatMap((one) => ['--import', path(one)]),
    env: { PATH: process.env['PATH'] },
  });
