import { doubledWith, withJitter } from '../../common/back-off.js';
import { WeftError } from '../../transport/errors/index.js';
import type { Claim } from './claim.js';
import type { Settlement } from './outbox.collection.js';
import {
  BACK_OFF_MS,
  MAX_BACK_OFF_MS,
  MAX_ENTRIES_A_CLAIM,
  MAX_REASON_LENGTH,
} from './outbox.constants.js';
import type { OutboxDocument, OutboxEntry, ParkedEntry } from './outbox.entry.js';
import type { OutboxHandlers } from './outbox.handlers.js';
import type { OutboxTime } from './outbox.time.js';
import type { RelayStop } from './relay.stop.js';

interface PublishingOptions {
  readonly handlers: OutboxHandlers;
  readonly time: OutboxTime;
  readonly stop: RelayStop;
  readonly maxAttempts: number;
  readonly maxStarts: number;
  readonly publishTimeoutMs: number;
}

/** The outcome of one entry. */
export type Outcome =
  | { readonly kind: 'published'; readonly entry: OutboxEntry }
  | { readonly kind: 'parked'; readonly entry: ParkedEntry }
  | { readonly kind: 'failed'; readonly entry: OutboxEntry }
  /** Not tried, because it waits for an earlier entry that failed; or given up, because the relay has stopped. */
  | { readonly kind: 'postponed'; readonly entry: OutboxEntry };

/** Publishes the entries of one claimed document: those of different keys concurrently, those of one key in order. */
export class Publishing {
  readonly #claim: Claim;
  readonly #options: PublishingOptions;

  constructor(claim: Claim, options: PublishingOptions) {
    this.#claim = claim;
    this.#options = options;
  }

  /** Stops early when the claim may be lost, and returns the outcomes so far. */
  async run({ outbox = [] }: OutboxDocument): Promise<Outcome[]> {
    const { due, postponed } = sorted(outbox, this.#now());
    const published = await Promise.all(due.map((entries) => this.#inOrder(entries)));
    return [...published.flat(), ...postponed];
  }

  /**
   * Publishes one entry, after recording the start of the attempt. For documents in which a process ended while
   * publishing, to find the entry that caused it. Empty when no entry is left.
   */
  async runNext({ _id: id, outbox = [] }: OutboxDocument): Promise<Outcome[]> {
    const { due, postponed } = sorted(outbox, this.#now());
    const [entry] = due.flat();
    if (entry === undefined) return postponed;
    const started = await this.#claim.collection.start(id, await this.#claim.tokens(), entry);
    if (started === null) return [];
    const { maxStarts } = this.#options;
    if (started.starts > maxStarts) {
      return [this.#parked(started, `The process ended ${maxStarts} times while publishing it`)];
    }
    return [await this.#attempt(started)];
  }

  /** Publishes in order until one fails; those behind it wait. */
  async #inOrder(entries: readonly OutboxEntry[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const [at, entry] of entries.entries()) {
      if (!this.#claim.isUsable || this.#options.stop.isBegun) break;
      const outcome = await this.#attempt(entry);
      outcomes.push(outcome);
      if (outcome.kind !== 'failed') continue;
      return [...outcomes, ...postponedBehind(outcome.entry, entries.slice(at + 1))];
    }
    return outcomes;
  }

  async #attempt(entry: OutboxEntry): Promise<Outcome> {
    const { handlers, publishTimeoutMs, time, stop } = this.#options;
    const late = new AbortController();
    const stopTimer = time.clock.after(publishTimeoutMs, () => late.abort());
    const signal = AbortSignal.any([late.signal, this.#claim.signal, stop.givenUp]);
    const { collection, documentId } = this.#claim;
    try {
      const { id, key, attempts } = entry;
      const attempt = attempts + 1;
      const context = { id, key, documentId, collection: collection.name, attempt, signal };
      await unlessAborted(handlers.publish(entry, context), signal);
      return { kind: 'published', entry };
    } catch (error) {
      // Whether it was published is unknown, and it is not at fault: another relay publishes it at once.
      if (stop.givenUp.aborted) return { kind: 'postponed', entry: { ...entry, starts: 0 } };
      return this.#failed(entry, error);
    } finally {
      stopTimer();
    }
  }

  #failed(entry: OutboxEntry, cause: unknown): Outcome {
    const attempts = entry.attempts + 1;
    const error = reasonOf(cause);
    const failed: OutboxEntry = { ...entry, attempts, starts: 0, error };
    if (cause instanceof WeftError && !cause.retryable) return this.#parked(failed, error);
    if (attempts >= this.#options.maxAttempts) {
      return this.#parked(failed, `Gave up after ${attempts} attempts: ${error}`);
    }
    const due_at = new Date(this.#now().getTime() + backOffMs(attempts));
    return { kind: 'failed', entry: { ...failed, due_at } };
  }

  #parked(entry: OutboxEntry, reason: string): Outcome {
    return { kind: 'parked', entry: { ...entry, parked_at: this.#now(), reason } };
  }

  #now(): Date {
    return new Date(this.#options.time.clock.now());
  }
}

export function settlementOf(outcomes: readonly Outcome[]): Settlement {
  const published: string[] = [];
  const parked: ParkedEntry[] = [];
  const failed: OutboxEntry[] = [];
  for (const outcome of outcomes) {
    if (outcome.kind === 'published') published.push(outcome.entry.id);
    else if (outcome.kind === 'parked') parked.push(outcome.entry);
    else failed.push(outcome.entry);
  }
  return { published, parked, failed };
}

/** Whether the document has due entries. */
export function hasDue({ outbox = [] }: OutboxDocument, now: Date): boolean {
  return outbox.some(({ due_at }) => due_at <= now);
}

interface Sorted {
  /** Due entries, in one list for each key. */
  readonly due: OutboxEntry[][];
  readonly postponed: Outcome[];
}

/**
 * A failed entry that is not due again yet holds back those behind it of the same key; an entry that was never due does
 * not.
 */
function sorted(entries: readonly OutboxEntry[], now: Date): Sorted {
  const due = new Map<string, OutboxEntry[]>();
  const heads = new Map<string, OutboxEntry>();
  const postponed: Outcome[] = [];
  let taken = 0;
  for (const entry of entries) {
    if (taken >= MAX_ENTRIES_A_CLAIM) break;
    const head = heads.get(entry.key);
    if (entry.due_at > now) {
      if (entry.attempts > 0 && head === undefined) heads.set(entry.key, entry);
    } else if (head !== undefined) {
      taken++;
      postponed.push(...postponedBehind(head, [entry]));
    } else {
      taken++;
      append(due, entry);
    }
  }
  return { due: [...due.values()], postponed };
}

function append(due: Map<string, OutboxEntry[]>, entry: OutboxEntry): void {
  const before = due.get(entry.key);
  if (before === undefined) due.set(entry.key, [entry]);
  else before.push(entry);
}

function postponedBehind({ due_at }: OutboxEntry, entries: readonly OutboxEntry[]): Outcome[] {
  return entries.map((entry) => ({ kind: 'postponed', entry: { ...entry, due_at } }));
}

/** Doubles with each attempt, less up to a half at random, so that documents are not all retried at once. */
function backOffMs(attempts: number): number {
  return withJitter(doubledWith(attempts, BACK_OFF_MS, MAX_BACK_OFF_MS));
}

async function unlessAborted(task: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = (): void =>
    reject(new Error('The attempt took too long, or another relay took over'));
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort);
  try {
    await Promise.race([task, promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** Class and code of a WeftError: its message may repeat the data. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.slice(0, MAX_REASON_LENGTH);
}
