import { Logger } from '@nestjs/common';

import type { Clock, StopTimer } from '../clock.js';
import { OutageLog } from '../outage.log.js';
import { lastPart } from '../topology/declare/names.js';

/** Milliseconds between two tags by which the owner of a queue shows that it lives. */
export const LAST_SEEN_INTERVAL_MS = 10 * 60_000;

/** What shows by a touch that its owner lives. */
export interface Touchable {
  readonly url: string;
  touch(): Promise<void>;
}

/** Touches every queue of this process's own from time to time: one timer for all of them. */
class LastSeenUpdater {
  readonly #logger = new Logger(LastSeenUpdater.name);
  readonly #queues = new Map<Touchable, OutageLog>();
  #stop: StopTimer | undefined;

  constructor(private readonly clock: Clock) {}

  watch(queue: Touchable): void {
    const fields = { queue: lastPart(queue.url) };
    const what = 'Tagging a queue of this process as used';
    this.#queues.set(queue, new OutageLog(this.#logger, this.clock, what, fields));
    this.#stop ??= this.clock.every(LAST_SEEN_INTERVAL_MS, () => this.#touchAll());
  }

  forget(queue: Touchable): void {
    this.#queues.delete(queue);
    if (this.#queues.size > 0) return;
    this.#stop?.();
    this.#stop = undefined;
  }

  async #touchAll(): Promise<void> {
    await Promise.all([...this.#queues].map(([queue, outage]) => this.#touch(queue, outage)));
  }

  async #touch(queue: Touchable, outage: OutageLog): Promise<void> {
    try {
      await queue.touch();
      outage.succeeded();
    } catch (error) {
      // After three in a row another process takes the queue for one that was left behind.
      outage.failed(error, 1);
    }
  }
}

const byClock = new WeakMap<Clock, LastSeenUpdater>();

/** Those of a process; tests have several clocks, a process has one. */
export function lastSeenUpdater(clock: Clock): LastSeenUpdater {
  const known = byClock.get(clock) ?? new LastSeenUpdater(clock);
  byClock.set(clock, known);
  return known;
}
