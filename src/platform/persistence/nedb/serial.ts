/** Runs tasks one after another, in the order they came. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything that has come so far has run. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
