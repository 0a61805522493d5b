import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_INTERVAL_MS = 100;
const STOP_TIMEOUT_MS = 5000;
const LAST_LINES = 20;

/** Runs a program to its end; what it says is shown only when it fails. */
export async function runToEnd(
  command: string,
  args: readonly string[],
  cwd?: string,
): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${said}`);
}

export interface Start {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Everything the engine says goes here. */
  readonly logFile: string;
  readonly isReady: () => Promise<boolean>;
  readonly readyWithinMs: number;
}

/** An engine in a process group of its own, so that whatever it starts ends with it. */
export class EngineProcess {
  #ended = false;

  private constructor(
    private readonly start: Start,
    private readonly child: ChildProcess,
  ) {
    child.once('exit', () => (this.#ended = true));
    child.once('error', () => (this.#ended = true));
  }

  /** Resolves once the engine answers. @throws Error with the end of its log when it does not in time. */
  static async run(start: Start): Promise<EngineProcess> {
    const log = openSync(start.logFile, 'w');
    const child = spawn(start.command, start.args, {
      cwd: start.cwd,
      env: { ...process.env, ...start.env },
      stdio: ['ignore', log, log],
      detached: true,
    });
    closeSync(log);
    const engine = new EngineProcess(start, child);
    try {
      await engine.#ready();
    } catch (error) {
      await engine.stop();
      throw error;
    }
    return engine;
  }

  async stop(): Promise<void> {
    this.#signal('SIGTERM');
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (!this.#ended && Date.now() < deadline) await sleep(READY_INTERVAL_MS);
    // Also when the engine itself has ended: what it started may not have.
    this.#signal('SIGKILL');
  }

  /** For the end of this process, when nothing can be waited for. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  async #ready(): Promise<void> {
    const { name, isReady, readyWithinMs } = this.start;
    const deadline = Date.now() + readyWithinMs;
    while (!(await isReady().catch(() => false))) {
      if (this.#ended) throw new Error(`${name} ended before it answered:\n${this.#lastLines()}`);
      if (Date.now() > deadline)
        throw new Error(`${name} did not answer within ${readyWithinMs} ms:\n${this.#lastLines()}`);
      await sleep(READY_INTERVAL_MS);
    }
  }

  #lastLines(): string {
    return readFileSync(this.start.logFile, 'utf8')
      .trimEnd()
      .split('\n')
      .slice(-LAST_LINES)
      .join('\n');
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.child.pid === undefined) return;
    try {
      process.kill(-this.child.pid, signal);
    } catch {
      // The group has ended already.
    }
  }
}
