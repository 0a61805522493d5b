import type { Clock, StopTimer } from '../../../clock.js';

interface BatchCollectorOptions<T> {
  readonly maxItems: number;
  /** Milliseconds the first item of a batch waits for others. */
  readonly lingerMs: number;
  readonly clock: Clock;
  /** Handles and settles a batch. Must not reject. */
  readonly run: (runs: readonly (readonly T[])[]) => Promise<void>;
}

/**
 * Gathers items into batches. They come in runs; the items of a run go into one batch, in order. A batch is handled
 * when it is full or its first item has waited for `lingerMs`.
 */
export class BatchCollector<T> {
  #runs: (readonly T[])[] = [];
  #size = 0;
  #ended = Promise.withResolvers<void>();
  #stopTimer: StopTimer | undefined;
  #draining = false;

  constructor(private readonly options: BatchCollectorOptions<T>) {}

  /** @returns resolves when the run's batch has ended. */
  add(run: readonly T[]): Promise<void> {
    const { maxItems, lingerMs, clock } = this.options;
    if (this.#size + run.length > maxItems) this.#leave();
    this.#runs.push(run);
    this.#size += run.length;
    const { promise } = this.#ended;
    if (this.#draining || this.#size >= maxItems) this.#leave();
    else this.#stopTimer ??= clock.after(lingerMs, () => this.#leave());
    return promise;
  }

  /** From now on no item waits for others. */
  drain(): void {
    this.#draining = true;
    this.#leave();
  }

  #leave(): void {
    this.#stopTimer?.();
    this.#stopTimer = undefined;
    const [runs, { resolve }] = [this.#runs, this.#ended];
    if (runs.length === 0) return;
    this.#runs = [];
    this.#size = 0;
    this.#ended = Promise.withResolvers<void>();
    void this.options.run(runs).then(resolve);
  }
}
