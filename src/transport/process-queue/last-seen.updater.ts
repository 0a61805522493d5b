import { Logger } from '@nestjs/common';

import type { Clock, StopTimer } from '../clock.js';
import { OutageLog } from '../outage.log.js';
import { lastPart } from '../../common/resource-names.js';

/** Milliseconds between two updates of the tag that shows that a queue's owner is alive. */
export const LAST_SEEN_INTERVAL_MS = 10 * 60_000;

/** A queue whose tag `touch` updates. */
interface Touchable {
  readonly url: string;
  touch(): Promise<void>;
}

/** Touches every per-process queue of this process at intervals, with one timer for all of them. */
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
      // After three failures in a row another process would take the queue for an orphan.
      outage.failed(error, 1);
    }
  }
}

const byClock = new WeakMap<Clock, LastSeenUpdater>();

/** One updater for each clock: a process has one, tests have several. */
export function lastSeenUpdater(clock: Clock): LastSeenUpdater {
  const known = byClock.get(clock) ?? new LastSeenUpdater(clock);
  byClock.set(clock, known);
  return known;
}
