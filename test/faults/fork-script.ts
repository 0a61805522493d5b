import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
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

/** Kills a process; resolves when it is gone, and writes nothing any more. */
export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
