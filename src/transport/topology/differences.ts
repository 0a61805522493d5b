/** What AWS has and what is declared differ; either mended on the way, or gathered to be named at once. */
export interface Differences {
  /** Runs `remedy` where differences are mended; otherwise notes the difference and gives undefined. */
  mend<T>(difference: string, remedy: () => Promise<T>): Promise<T | undefined>;
}

export class MendedDifferences implements Differences {
  mend<T>(_difference: string, remedy: () => Promise<T>): Promise<T> {
    return remedy();
  }
}

export class NotedDifferences implements Differences {
  readonly #found: string[] = [];

  get found(): readonly string[] {
    return this.#found;
  }

  mend<T>(difference: string): Promise<T | undefined> {
    this.#found.push(difference);
    return Promise.resolve(undefined);
  }
}
