import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../src/transport/testing/index.js';
import type { ChildNews, ChildTask } from './child.js';
import type { Ledger } from './ledger.js';

const ROOT = new URL('../..', import.meta.url);
const path = (file: string): string => fileURLToPath(new URL(file, ROOT));
const START_TIMEOUT_MS = 60_000;

/** A consumer or publisher in a process of its own, whose news go into the ledger. */
export class Child {
  #ready = false;

  private constructor(
    private readonly process: ChildProcess,
    ledger: Ledger,
  ) {
    process.on('message', (news: ChildNews) => {
      if (news === 'ready') this.#ready = true;
      else if ('sent' in news) ledger.sent.add(news.sent);
      else ledger.handled(news.handled);
    });
  }

  static async start(task: ChildTask, ledger: Ledger): Promise<Child> {
    const child = new Child(
      fork(path('test/faults/child.ts'), [JSON.stringify(task)], {
        execArgv: ['--import', path('test/support/ts-hooks.js')],
        env: { PATH: process.env['PATH'] },
      }),
      ledger,
    );
    await waitFor(() => child.#ready, { timeoutMs: START_TIMEOUT_MS, what: 'a child to start' });
    return child;
  }

  get running(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Resolves when it has ended and everything it said was heard. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.running) return;
    const closed = once(this.process, 'close');
    this.process.kill(signal);
    await closed;
  }

  async ended(): Promise<void> {
    if (this.running) await once(this.process, 'close');
  }
}
