/** Counts calls that are pending, for those that wait until none is. */
export class PendingCounter {
  #count = 0;
  #ended: (() => void)[] = [];

  get count(): number {
    return this.#count;
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    this.#count += 1;
    try {
      return await work();
    } finally {
      this.#count -= 1;
      if (this.#count === 0) this.#ended.splice(0).forEach((done) => done());
    }
  }

  /** Resolves when none is pending. */
  async whenNone(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#ended.push(resolve));
  }
}
