import { doubledWith } from '../../common/back-off.js';
import { PendingCounter } from '../../common/pending-counter.js';
import { systemClock, type Clock } from '../clock.js';
import { SendFailedError } from '../errors/index.js';
import { takeBatch, type WaitingEntry } from './take-batch.js';

/** What became of one entry of a batch. */
export type EntryOutcome =
  | { readonly ok: true }
  | { readonly ok: false; readonly retryable: boolean; readonly error: Error };

export interface EntryBatcherOptions<E> {
  /**
   * Makes one call and returns the outcome of each entry, by position. A thrown error is the outcome of every entry;
   * its `retryable` says whether they are retried.
   */
  readonly send: (entries: readonly E[]) => Promise<readonly EntryOutcome[]>;
  readonly retryable: (error: unknown) => boolean;
  /** Maximum bytes of one call. Default: no limit. */
  readonly maxBytes?: number;
  /**
   * Entries of one group are sent one after another; once one has finally failed, those behind it fail too. Default:
   * there are no groups.
   */
  readonly groupOf?: (entry: E) => string | undefined;
  /** Entries of one call. */
  readonly maxEntries: number;
  /** Milliseconds an entry waits for others while a call is in flight, or always unless `eager`. */
  readonly lingerMs: number;
  /** Whether an entry is sent in its own tick when no call is in flight. */
  readonly eager: boolean;
  /** Calls in flight at once; 1 keeps the order. */
  readonly maxCalls: number;
  /** Tries of one entry, the first included. */
  readonly maxAttempts: number;
  /** Milliseconds before the second try; doubled each time, with full jitter. */
  readonly retryBaseMs: number;
  /** Maximum milliseconds before a try. Default: no limit. */
  readonly retryCapMs?: number;
  /** Times the linger and the pauses before retries. Default: the machine's clock. */
  readonly clock?: Clock;
}

interface Waiting<E> extends WaitingEntry {
  readonly entry: E;
  attempts: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Gathers single entries into the batch calls of SQS and SNS, and settles each caller by its own entry.
 * Acknowledgements, visibility changes and messages are all sent through batchers.
 */
export class EntryBatcher<E> {
  readonly #options: EntryBatcherOptions<E>;
  #waiting: Waiting<E>[] = [];
  #waitingBytes = 0;
  #calls = 0;
  #scheduled = false;
  #stopped: Error | undefined;
  readonly #unsettled = new PendingCounter();

  readonly #clock: Clock;

  constructor(options: EntryBatcherOptions<E>) {
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
  }

  /** Entries not settled yet. */
  get unsettled(): number {
    return this.#unsettled.count;
  }

  /** Resolves when AWS has taken the entry, which has `bytes` bytes; rejects when it has finally failed. */
  add(entry: E, bytes = 0): Promise<void> {
    if (this.#stopped) return Promise.reject(this.#stopped);
    return new Promise((resolve, reject) => {
      this.#unsettled.begin();
      const group = this.#options.groupOf?.(entry);
      this.#enqueue({ entry, bytes, group, attempts: 0, resolve, reject });
    });
  }

  /** Sends waiting entries without lingering, and resolves when every entry is settled. */
  async flush(): Promise<void> {
    this.#pump(true);
    await this.#unsettled.whenNone();
  }

  /** Begins no call any more: entries that wait or come later fail with `error`, those of a call in flight end as it does. */
  stop(error: Error): void {
    this.#stopped = error;
    const waiting = this.#waiting;
    this.#waiting = [];
    this.#waitingBytes = 0;
    for (const { reject } of waiting) reject(error);
    this.#unsettled.end(waiting.length);
  }

  #enqueue(waiting: Waiting<E>): void {
    this.#waiting.push(waiting);
    this.#waitingBytes += waiting.bytes;
    this.#pump(this.#unsettled.isAwaited);
  }

  /** Sends full batches at once, and the rest when it is flushed or its linger is over. */
  #pump(now: boolean): void {
    const { maxEntries, maxBytes = Infinity, maxCalls } = this.#options;
    while (
      this.#calls < maxCalls &&
      this.#waiting.length > 0 &&
      (now || this.#waiting.length >= maxEntries || this.#waitingBytes >= maxBytes)
    ) {
      void this.#call(this.#take());
    }
    if (this.#waiting.length > 0 && this.#calls < maxCalls) this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    const fire = (): void => {
      this.#scheduled = false;
      this.#pump(true);
    };
    // A lone entry need not linger: it is sent at the end of this tick, with all that the tick adds.
    const lone = this.#options.eager && this.#calls === 0;
    if (lone) setImmediate(fire);
    else this.#clock.after(this.#options.lingerMs, fire);
  }

  #take(): Waiting<E>[] {
    const { maxEntries, maxBytes = Infinity } = this.#options;
    const batch = takeBatch(this.#waiting, { maxEntries, maxBytes });
    for (const { bytes } of batch) this.#waitingBytes -= bytes;
    return batch;
  }

  async #call(batch: readonly Waiting<E>[]): Promise<void> {
    this.#calls += 1;
    const outcomes = await this.#outcomes(batch.map(({ entry }) => entry));
    this.#calls -= 1;
    const again: Waiting<E>[] = [];
    batch.forEach((waiting, index) => {
      const outcome = outcomes[index];
      waiting.attempts += 1;
      if (!outcome)
        this.#settle(
          waiting,
          new Error(`A batch of ${batch.length} was answered with ${outcomes.length} outcomes`),
        );
      else if (outcome.ok) this.#settle(waiting);
      else if (this.#isRepeated(outcome, waiting)) again.push(waiting);
      else this.#settle(waiting, outcome.error);
    });
    if (again.length > 0) this.#retry(again);
    this.#pump(this.#unsettled.isAwaited);
  }

  #isRepeated({ retryable }: EntryOutcome & { ok: false }, { attempts }: Waiting<E>): boolean {
    return retryable && attempts < this.#options.maxAttempts && !this.#stopped;
  }

  #settle({ resolve, reject, group }: Waiting<E>, error?: Error): void {
    if (error) reject(error);
    else resolve();
    if (error && group !== undefined) this.#failBehind(group, error);
    this.#unsettled.end();
  }

  /** Fails the entries behind a failed one of the same group, so that none overtakes it. */
  #failBehind(group: string, cause: Error): void {
    const behind = this.#waiting.filter((waiting) => waiting.group === group);
    if (behind.length === 0) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting.group !== group);
    const error = new SendFailedError(`An earlier entry of its group failed: ${cause.message}`, {
      cause,
    });
    for (const { bytes, reject } of behind) {
      this.#waitingBytes -= bytes;
      reject(error);
    }
    this.#unsettled.end(behind.length);
  }

  async #outcomes(entries: readonly E[]): Promise<readonly EntryOutcome[]> {
    try {
      return await this.#options.send(entries);
    } catch (cause) {
      const error = cause instanceof Error ? cause : new Error(String(cause));
      const retryable = this.#options.retryable(error);
      return entries.map(() => ({ ok: false, retryable, error }));
    }
  }

  #retry(again: readonly Waiting<E>[]): void {
    const attempts = Math.max(...again.map((waiting) => waiting.attempts));
    const { retryBaseMs, retryCapMs } = this.#options;
    // An ordered batcher keeps its one call slot during the pause, because later entries must not overtake.
    const ordered = this.#options.maxCalls === 1;
    if (ordered) this.#calls += 1;
    const pauseMs = Math.random() * doubledWith(attempts, retryBaseMs, retryCapMs);
    this.#clock.after(pauseMs, () => {
      if (ordered) this.#calls -= 1;
      if (this.#stopped) return again.forEach((waiting) => this.#settle(waiting, this.#stopped));
      this.#waiting.unshift(...again);
      this.#waitingBytes += again.reduce((sum, { bytes }) => sum + bytes, 0);
      this.#pump(true);
    });
  }
}
