import type { Clock } from '../../clock.js';

/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html */
const WINDOW_MS = 5 * 60_000;

/** The deduplication ids of a FIFO queue or topic, each remembered for five minutes, whatever becomes of its message. */
export class Deduplication {
  readonly #seenAtMs = new Map<string, number>();

  constructor(private readonly clock: Clock) {}

  /** Whether the id is new, and remembered from now on. */
  takes(id: string): boolean {
    const nowMs = this.clock.monotonicMs();
    // Oldest first: those whose time is over are forgotten.
    for (const [known, atMs] of this.#seenAtMs) {
      if (atMs > nowMs - WINDOW_MS) break;
      this.#seenAtMs.delete(known);
    }
    if (this.#seenAtMs.has(id)) return false;
    this.#seenAtMs.set(id, nowMs);
    return true;
  }
}
