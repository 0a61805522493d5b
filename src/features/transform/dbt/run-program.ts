import { spawn } from 'node:child_process';
import { KILL_AFTER_MS } from '../transform.constants.js';
import { OutputTail } from './output-tail.js';

/** Milliseconds that a program's children may keep its output open after its end. */
const CLOSE_GRACE_MS = 1000;

interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface ProgramEnd {
  /** Null: a signal ended it. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: OutputTail;
  readonly stderr: OutputTail;
}

/**
 * Runs a program to its end, without a shell and in its own process group. When `signal` is aborted, the whole group
 * gets SIGTERM, and SIGKILL ten seconds later.
 *
 * @param killAfterMs milliseconds from SIGTERM to SIGKILL; default 10 000.
 * @throws the error of `spawn`, such as ENOENT.
 */
export async function runProgram(
  program: Program,
  signal: AbortSignal,
  killAfterMs = KILL_AFTER_MS,
): Promise<ProgramEnd> {
  signal.throwIfAborted();
  const { command, args, cwd, env, onLine } = program;
  const child = spawn(command, args, {
    cwd,
    env,
    detached: true,
    shell: false,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stdout = new OutputTail(onLine);
  const stderr = new OutputTail();
  child.stdout.setEncoding('utf8').on('data', (text: string) => stdout.add(text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => stderr.add(text));
  let deadline: NodeJS.Timeout | undefined;
  const stop = (): void => {
    killGroup(child.pid, 'SIGTERM');
    deadline = setTimeout(() => killGroup(child.pid, 'SIGKILL'), killAfterMs);
  };
  signal.addEventListener('abort', stop, { once: true });
  try {
    const end = await new Promise<Pick<ProgramEnd, 'code' | 'signal'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', () => {
        // No child may continue in the background after the Command is answered.
        setTimeout(() => killGroup(child.pid, 'SIGKILL'), CLOSE_GRACE_MS).unref();
      });
      child.once('close', (code, by) => resolve({ code, signal: by }));
    });
    stdout.end();
    stderr.end();
    return { ...end, stdout, stderr };
  } finally {
    clearTimeout(deadline);
    signal.removeEventListener('abort', stop);
  }
}

function killGroup(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // All of them have ended.
  }
}
