import { once } from 'node:events';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { forkScript, killed } from '../../../faults/fork-script.js';
import type { BundlerTask } from './bundler-child.js';

const CHILD = 'test/features/bundles/kills/bundler-child.ts';

/** Starts bundlers one after the other and kills each without a warning. */
export class KilledBundlers {
  #child: ChildProcess | undefined;

  constructor(private readonly task: BundlerTask) {}

  /** Resolves when a bundler receives. */
  async start(): Promise<void> {
    const child = forkScript(CHILD);
    this.#child = child;
    await once(child, 'message');
    child.send(this.task);
    await once(child, 'message');
  }

  /** Lets it work for so many milliseconds, wherever that leaves it. */
  async killAfter(delayMs: number): Promise<void> {
    await pause(delayMs);
    await this.kill();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child) await killed(child);
  }
}
