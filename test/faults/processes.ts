import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { IdempotencyStore } from '../../src/transport/idempotency/idempotency.store.js';
import { waitFor } from '../support/wait.js';
import type { ChildNews, ChildTask } from './child-task.js';
import { forkScript } from './fork-script.js';
import type { Ledger } from './ledger.js';
import { askStore } from './remote-store.js';

const START_TIMEOUT_MS = 120_000;

/** A consumer or publisher in a process of its own, whose news go into the ledger. */
export class Child {
  #news: ChildNews | undefined;
  readonly #process: ChildProcess;
  /** It has ended, and everything it said was heard. */
  readonly #closed: Promise<unknown>;

  /** @param clockOffS seconds its clock is ahead. */
  constructor(ledger: Ledger, store: IdempotencyStore, clockOffS = 0) {
    this.#process = forkScript(
      'test/faults/child.ts',
      [String(clockOffS)],
      ['test/faults/clock.ts'],
    );
    this.#closed = once(this.#process, 'close');
    this.#process.on('message', (news: ChildNews) => {
      if (typeof news === 'string') this.#news = news;
      else if ('stoodMs' in news) ledger.stood(news.stoodMs);
      else if ('sent' in news) ledger.took(news.sent);
      else if ('began' in news) ledger.began(news.began, { process: this, ...news });
      else if ('handled' in news) ledger.did(news.handled, { process: this, ...news });
      else void askStore(store, news).then((answer) => this.#tell(answer));
    });
  }

  /** Resolves when it only waits for its task. */
  async loaded(): Promise<this> {
    await this.#hears('loaded');
    return this;
  }

  /** Resolves when it works. */
  async start(task: ChildTask): Promise<this> {
    await this.loaded();
    this.#tell(task);
    await this.#hears('ready');
    return this;
  }

  /** Has it stand still, go on, or have its clock set. */
  signal(signal: 'SIGSTOP' | 'SIGCONT' | 'SIGUSR2'): void {
    this.#process.kill(signal);
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Resolves when it has ended and everything it said was heard. */
  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.running) this.#process.kill(signal);
    await this.#closed;
  }

  /** Resolves when it has ended by itself and everything it said was heard. */
  async ended(): Promise<void> {
    await this.#closed;
  }

  // One that was killed meanwhile hears nothing.
  #tell(message: object): void {
    if (this.#process.connected) this.#process.send(message, () => undefined);
  }

  async #hears(news: 'loaded' | 'ready'): Promise<void> {
    await waitFor(`a child to be ${news}`, () => this.#news === news || !this.running, {
      timeoutMs: START_TIMEOUT_MS,
    });
  }
}
