/** Counts what is pending, for those that wait until nothing is. */
export class PendingCounter {
  #count = 0;
  #waiting: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  /** Whether anybody waits until nothing is pending. */
  get isAwaited(): boolean {
    return this.#waiting.length > 0;
  }

  begin(count = 1): void {
    this.#count += count;
  }

  /** Ends what was begun. The last end resolves pending `whenNone()` calls. */
  end(count = 1): void {
    this.#count -= count;
    if (this.#count === 0) this.endWaiting();
  }

  /** Counts work from its start until it ends, however it does. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    this.begin();
    try {
      return await work();
    } finally {
      this.end();
    }
  }

  /** Resolves when nothing is pending: at once, where nothing is. */
  async whenNone(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** Resolves pending `whenNone()` calls though something is pending still. */
  endWaiting(): void {
    this.#waiting.splice(0).forEach((done) => done());
  }
}
