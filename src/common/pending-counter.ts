/** Counts pending work, and lets callers wait until there is none. */
export class PendingCounter {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Whether a `whenNone()` call is pending. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  begin(count = 1): void {
    this.#count += count;
  }

  /** Counts the end of work. The last end resolves pending `whenNone()` calls. */
  end(count = 1): void {
    this.#count -= count;
    if (this.#count === 0) this.endWaiting();
  }

  /** Counts work from its start until it succeeds or fails. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Resolves when no work is pending; at once if there is none. */
  async whenNone(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves pending `whenNone()` calls although work is still pending. */
  endWaiting(): void {
    this.#waiting.splice(0).forEach((done) => done());
  }
}
