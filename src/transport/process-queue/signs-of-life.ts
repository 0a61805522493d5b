import { Logger } from '@nestjs/common';

import type { Clock, StopTimer } from '../clock.js';

/** Milliseconds between two signs of life of a queue's owner. */
export const LAST_SEEN_INTERVAL_MS = 10 * 60_000;

/** What shows by a touch that its owner lives. */
export interface Touchable {
  readonly url: string;
  touch(): Promise<void>;
}

/** Touches every queue of this process's own from time to time: one timer for all of them. */
class SignsOfLife {
  readonly #logger = new Logger(SignsOfLife.name);
  readonly #queues = new Set<Touchable>();
  #stop: StopTimer | undefined;

  constructor(private readonly clock: Clock) {}

  watch(queue: Touchable): void {
    this.#queues.add(queue);
    this.#stop ??= this.clock.every(LAST_SEEN_INTERVAL_MS, () => this.#touchAll());
  }

  forget(queue: Touchable): void {
    this.#queues.delete(queue);
    if (this.#queues.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  async #touchAll(): Promise<void> {
    await Promise.all([...this.#queues].map((queue) => this.#touch(queue)));
  }

  async #touch(queue: Touchable): Promise<void> {
    try {
      await queue.touch();
    } catch (error) {
      this.#logger.debug(`${queue.url} was not shown to be in use: ${String(error)}`);
    }
  }
}

const byClock = new WeakMap<Clock, SignsOfLife>();

/** Those of a process; tests have several clocks, a process has one. */
export function signsOfLife(clock: Clock): SignsOfLife {
  const known = byClock.get(clock) ?? new SignsOfLife(clock);
  byClock.set(clock, known);
  return known;
}
