import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  TURN_BUDGET_MS,
  WRITE_LOCK_TIMEOUT_MS,
  WRITE_RETRY_DELAY_MS,
  WRITE_TURN_DELAY_MS,
} from '../persistence.constants.js';
import { WeftError } from '../../../transport/errors/index.js';
import { isBusy } from './sqlite.errors.js';
import type { SqliteConnection } from './sqlite.connection.js';
import type { WriteTurns } from './write.turns.js';

interface Write {
  /** Must throw any WeftError before it changes anything. */
  readonly task: () => unknown;
  /** Whether it needs its own transaction, which any error undoes. */
  readonly alone: boolean;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly result: unknown } | { readonly error: unknown };

/**
 * Runs writes in order. Writes that wait at the same time share one transaction, because a transaction costs more than
 * most writes; each is answered when it is committed.
 */
export class WriteQueue {
  readonly #connection: SqliteConnection;
  readonly #turns: WriteTurns | undefined;
  readonly #waiting: Write[] = [];
  #working: Promise<void> | undefined;

  /** @param turns by which it takes turns with other processes; undefined: there are none. */
  constructor(connection: SqliteConnection, turns?: WriteTurns) {
    this.#connection = connection;
    this.#turns = turns;
  }

  run<T>(task: () => T): Promise<T> {
    return this.#add(task, false);
  }

  /** For a task that may fail after its first changes: any error undoes all of them. */
  runAlone<T>(task: () => T): Promise<T> {
    return this.#add(task, true);
  }

  /** Resolves when every write so far is answered. */
  async idle(): Promise<void> {
    await this.#working;
  }

  #add<T>(task: () => T, alone: boolean): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.push({ task, alone, resolve, reject });
    this.#working ??= this.#work();
    // It is resolved with the task's result.
    return promise as Promise<T>;
  }

  async #work(): Promise<void> {
    await nextTurn();
    while (this.#waiting.length > 0) {
      await this.#commit(this.#waiting);
      if (this.#waiting.length > 0) await nextTurn();
    }
    this.#working = undefined;
  }

  /** Commits the first writes in one transaction: as many as fit into a turn of the event loop. */
  async #commit(waiting: Write[]): Promise<void> {
    let outcomes: Outcome[];
    try {
      await this.#begin();
      outcomes = this.#runSome(waiting);
      this.#connection.run('COMMIT');
    } catch (error) {
      this.#rollBack();
      return this.#afterFailure(waiting, error);
    }
    for (const outcome of outcomes) settle(waiting.shift(), outcome);
  }

  /**
   * None of them was written. Each is tried alone, so that only the faulty one fails, such as a write too large for the
   * disk.
   */
  async #afterFailure(waiting: Write[], reason: unknown): Promise<void> {
    const first = waiting.shift();
    if (first === undefined) return;
    if (isBusy(reason)) {
      // All have waited as long as the first one.
      for (const write of [first, ...waiting.splice(0)]) settle(write, { error: reason });
      return;
    }
    if (first.alone) return settle(first, { error: reason });
    try {
      await this.#begin();
      const [outcome = { error: reason }] = this.#runSome([first]);
      this.#connection.run('COMMIT');
      settle(first, outcome);
    } catch (error) {
      this.#rollBack();
      settle(first, { error });
    }
  }

  #runSome(waiting: readonly Write[]): Outcome[] {
    const endMs = performance.now() + TURN_BUDGET_MS;
    const outcomes: Outcome[] = [];
    for (const write of waiting) {
      if (write.alone && outcomes.length > 0) break;
      outcomes.push(outcomeOf(write));
      if (write.alone || performance.now() >= endMs) break;
    }
    return outcomes;
  }

  /** Waits for other processes without blocking the event loop for long. */
  async #begin(): Promise<void> {
    this.#connection.assertInPlace();
    if (this.#ahead() === 0 && this.#tryToBegin()) return;
    const endMs = performance.now() + WRITE_LOCK_TIMEOUT_MS;
    try {
      for (;;) {
        this.#turns?.wait();
        const ahead = this.#ahead();
        await sleep(WRITE_RETRY_DELAY_MS + ahead * WRITE_TURN_DELAY_MS);
        this.#connection.assertInPlace();
        const isLate = performance.now() >= endMs;
        if (!isLate && ahead > 0) continue;
        if (this.#connection.withoutWaiting(() => this.#tryToBegin(isLate))) return;
      }
    } finally {
      this.#turns?.leave();
    }
  }

  /** Other processes that have waited longer. */
  #ahead(): number {
    return this.#turns?.ahead() ?? 0;
  }

  /** @returns whether it holds the lock; else another process does. */
  #tryToBegin(isLast = false): boolean {
    try {
      this.#connection.run('BEGIN IMMEDIATE');
      return true;
    } catch (error) {
      if (isLast || !isBusy(error)) throw error;
      return false;
    }
  }

  #rollBack(): void {
    try {
      this.#connection.run('ROLLBACK');
    } catch {
      // After some errors, such as a full disk, SQLite itself has already rolled back.
    }
  }
}

/** @throws any error that is no WeftError: the transaction is then unreliable. */
function outcomeOf({ task, alone }: Write): Outcome {
  try {
    return { result: task() };
  } catch (error) {
    if (error instanceof WeftError && !alone) return { error };
    throw error;
  }
}

function settle(write: Write | undefined, outcome: Outcome): void {
  if ('error' in outcome) write?.reject(outcome.error);
  else write?.resolve(outcome.result);
}
