import { fork, type ChildProcess } from 'node:child_process';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { INTERRUPT_GRACE_MS } from '../query.constants.js';
import type { QueryAnswer } from '../query.engine.js';
import type { ChildAnswer, ChildFailure, ChildOptions, ChildRequest } from './child/protocol.js';

/** A request without its id. */
export type ChildWork =
  Exclude<ChildRequest, { kind: 'interrupt' }> extends infer Work
    ? Work extends { id: number }
      ? Omit<Work, 'id'>
      : never
    : never;

/** The process died, or was killed, before it answered. */
export class ChildDiedError extends Error {}

/** The query failed, as the child reported. */
export class ChildFailedError extends Error {
  constructor(readonly failure: ChildFailure) {
    super(failure.message);
  }
}

interface Pending {
  readonly resolve: (answer: QueryAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** In the same folder as this file, compiled or not. */
const SCRIPT = fileURLToPath(new URL(`./child/main${extname(import.meta.url)}`, import.meta.url));

/** The process that runs DuckDB, from its start to its death. */
export class QueryChild {
  readonly #process: ChildProcess;
  readonly #pending = new Map<number, Pending>();
  readonly #ended: Promise<void>;
  #lastId = 0;
  #dead = false;

  /** @param threads number of libuv threads; each running query blocks one. */
  constructor(options: ChildOptions, threads: number) {
    this.#process = fork(SCRIPT, [JSON.stringify(options)], {
      // An empty environment, so that SQL that manages to read it finds no secrets.
      env: { UV_THREADPOOL_SIZE: String(threads) },
      execArgv: process.execArgv,
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    this.#process.on('message', (answer: ChildAnswer) => this.#settle(answer));
    this.#ended = new Promise((resolve) => {
      this.#process.once('exit', (code, signal) => {
        this.#die(`it ended with ${signal ?? `code ${code}`}`);
        resolve();
      });
      this.#process.once('error', (error) => {
        this.#die(error.message);
        resolve();
      });
    });
  }

  get dead(): boolean {
    return this.#dead;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  /**
   * Resolves with the child's answer. When `signal` is aborted, the query is interrupted; after 5 more seconds its
   * process is killed.
   *
   * @throws {ChildFailedError} or {ChildDiedError}
   */
  async ask(work: ChildWork, signal: AbortSignal): Promise<QueryAnswer> {
    signal.throwIfAborted();
    const id = ++this.#lastId;
    let deadline: NodeJS.Timeout | undefined;
    const stop = (): void => {
      this.#send({ kind: 'interrupt', id });
      deadline = setTimeout(() => this.#process.kill('SIGKILL'), INTERRUPT_GRACE_MS);
    };
    signal.addEventListener('abort', stop, { once: true });
    try {
      return await new Promise((resolve, reject) => {
        this.#pending.set(id, { resolve, reject });
        this.#send({ ...work, id });
      });
    } finally {
      clearTimeout(deadline);
      signal.removeEventListener('abort', stop);
      this.#pending.delete(id);
    }
  }

  /** Ends the process, which fails running queries. Resolves when it has ended. */
  async close(): Promise<void> {
    if (this.#process.connected) this.#process.disconnect();
    const deadline = setTimeout(() => this.#process.kill('SIGKILL'), INTERRUPT_GRACE_MS);
    await this.#ended;
    clearTimeout(deadline);
  }

  #send(request: ChildRequest): void {
    if (this.#dead || !this.#process.connected) {
      this.#die('its channel is closed');
      return;
    }
    this.#process.send(request, (error) => {
      if (error) this.#die(error.message);
    });
  }

  #settle(message: ChildAnswer): void {
    const pending = this.#pending.get(message.id);
    if ('answer' in message) pending?.resolve(message.answer);
    else pending?.reject(new ChildFailedError(message.failure));
  }

  #die(reason: string): void {
    this.#dead = true;
    for (const { reject } of this.#pending.values()) {
      reject(new ChildDiedError(`The query process died: ${reason}`));
    }
    this.#pending.clear();
  }
}
