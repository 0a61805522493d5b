/** Counts what is under way, for whoever wants to wait for its end. */
export class UnderWay {
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

  async end(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#ended.push(resolve));
  }
}
