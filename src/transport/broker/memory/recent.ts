import type { Clock } from '../../clock.js';

const WINDOW_MS = 5 * 60_000;

/** What SQS and SNS remember of an id for five minutes, whatever becomes of its message: deduplication ids and receive attempts. */
export class Recent<T> {
  readonly #known = new Map<string, { readonly value: T; readonly untilMs: number }>();

  constructor(private readonly clock: Clock) {}

  get(id: string): T | undefined {
    const nowMs = this.clock.monotonicMs();
    // Oldest first: those whose time is over are forgotten.
    for (const [known, { untilMs }] of this.#known) {
      if (untilMs > nowMs) break;
      this.#known.delete(known);
    }
    return this.#known.get(id)?.value;
  }

  set(id: string, value: T): void {
    this.#known.delete(id);
    this.#known.set(id, { value, untilMs: this.clock.monotonicMs() + WINDOW_MS });
  }
}
