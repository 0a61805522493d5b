/**
 * Separates shared and exclusive users of a database file within this process. DuckDB lets only one process at a time
 * open a file for writing, so queries (shared) and dbt (exclusive) take turns.
 */
export class DatabaseLease {
  #sharing = 0;
  #alone = false;
  readonly #waiting: { alone: boolean; start: () => void }[] = [];

  /** Runs shared work. @throws the signal's reason if it is aborted before its turn. */
  share<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#run(false, signal, work);
  }

  /** Runs exclusive work. @throws the signal's reason if it is aborted before its turn. */
  alone<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return this.#run(true, signal, work);
  }

  async #run<T>(alone: boolean, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    await this.#turn(alone, signal);
    try {
      return await work();
    } finally {
      if (alone) this.#alone = false;
      else this.#sharing -= 1;
      this.#startNext();
    }
  }

  #turn(alone: boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const entry = {
        alone,
        start: () => {
          signal.removeEventListener('abort', giveUp);
          if (alone) this.#alone = true;
          else this.#sharing += 1;
          resolve();
        },
      };
      const giveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(entry), 1);
        reject(signal.reason as Error);
        // Those behind it may have waited for it alone.
        this.#startNext();
      };
      signal.addEventListener('abort', giveUp, { once: true });
      this.#waiting.push(entry);
      this.#startNext();
    });
  }

  /** In order of arrival, so that neither side starves. */
  #startNext(): void {
    for (let next = this.#waiting[0]; next !== undefined; next = this.#waiting[0]) {
      if (this.#alone || (next.alone && this.#sharing > 0)) return;
      this.#waiting.shift();
      next.start();
    }
  }
}

const leases = new Map<string, DatabaseLease>();

/** The one lease of a database in this process. @param path of its file. */
export function databaseLease(path: string): DatabaseLease {
  const lease = leases.get(path) ?? new DatabaseLease();
  leases.set(path, lease);
  return lease;
}
