import { setImmediate as nextTurn } from 'node:timers/promises';
import { TURN_BUDGET_MS } from '../persistence.constants.js';

/**
 * Yields to the event loop. SQLite answers synchronously, so a caller that awaits one read after another would
 * otherwise block timers and sockets.
 */
export class EventLoopYield {
  #startedMs = Number.NEGATIVE_INFINITY;

  /** Resolves at once if this turn has just begun, else in the next one. */
  async take(): Promise<void> {
    if (performance.now() - this.#startedMs < TURN_BUDGET_MS) return;
    await nextTurn();
    if (performance.now() - this.#startedMs >= TURN_BUDGET_MS) this.#startedMs = performance.now();
  }
}
