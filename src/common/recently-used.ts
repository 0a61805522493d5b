/**
 * A cache of values by name that keeps the most recently used: at least half of the limit, at most all of it. A read
 * moves nothing, unlike in an exact LRU cache.
 */
export class RecentlyUsed<T> {
  readonly #half: number;
  #recent = new Map<string, T>();
  #older = new Map<string, T>();

  constructor(limit: number) {
    this.#half = Math.ceil(limit / 2);
  }

  get(name: string): T | undefined {
    const recent = this.#recent.get(name);
    if (recent !== undefined) return recent;
    const older = this.#older.get(name);
    return older === undefined ? undefined : this.set(name, older);
  }

  /** @returns the value. */
  set(name: string, value: T): T {
    if (this.#recent.size >= this.#half) {
      this.#older = this.#recent;
      this.#recent = new Map();
    }
    this.#recent.set(name, value);
    return value;
  }

  clear(): void {
    this.#recent.clear();
    this.#older.clear();
  }
}
