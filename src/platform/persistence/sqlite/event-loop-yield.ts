import { setImmediate as nextTurn } from 'node:timers/promises';
import { TURN_BUDGET_MS } from '../persistence.constants.js';

/**
 * Lets the event loop turn. SQLite answers at once, so that a caller who awaits one read after
 * another would otherwise never let a timer fire or a socket be read.
 */
export class EventLoopYield {
  #startedMs = Number.NEGATIVE_INFINITY;

  /** Resolves at once while this turn is young, else in the next one. */
  async take(): Promise<void> {
    if (performance.now() - this.#startedMs < TURN_BUDGET_MS) return;
    await nextTurn();
    if (performance.now() - this.#startedMs >= TURN_BUDGET_MS) this.#startedMs = performance.now();
  }
}
