/** A part of a budget. */
export interface ByteShare {
  /** Reduces it to `amount`, once that is known to be enough. */
  shrinkTo(amount: number): void;
  /** Ends it; a second call does nothing. */
  release(): void;
}

interface Waiting {
  readonly amount: number;
  readonly start: () => void;
}

/**
 * Limits the memory of many concurrent pieces of work: a limit for each body alone does not limit a hundred of them.
 * Work that does not fit waits, in order of arrival, so that a large piece is never starved.
 *
 * Work that holds a part of a budget must not wait for another part of the same budget, because two such pieces would
 * deadlock. So each level of work has its own budget: messages' bodies, answers, objects that a handler reads.
 *
 * Take the size before the bytes are in memory, and release it when their last reader has ended, not when they have
 * arrived.
 *
 * @example
 * const objectBytes = new ByteBudget(64 * 1024 * 1024);
 * const share = await objectBytes.take(size, signal);
 * try {
 *   await publish(await readBody(body, size));
 * } finally {
 *   share.release();
 * }
 */
export class ByteBudget {
  readonly #waiting: Waiting[] = [];
  #taken = 0;

  constructor(
    /** Bytes held at once. A larger piece is admitted alone. */
    readonly capacity: number,
  ) {}

  /** Bytes held now. */
  get taken(): number {
    return this.#taken;
  }

  /** Number of waiting pieces. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Takes bytes if there is room for them and no other piece waits. */
  tryTake(amount: number): ByteShare | undefined {
    if (this.#waiting.length > 0 || !this.#fits(amount)) return undefined;
    return this.#grant(amount);
  }

  /**
   * Takes bytes as soon as there is room for them.
   *
   * @throws the signal's reason when it is aborted first.
   */
  take(amount: number, signal?: AbortSignal): Promise<ByteShare> {
    const taken = this.tryTake(amount);
    if (taken) return Promise.resolve(taken);
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        amount,
        start: () => {
          signal?.removeEventListener('abort', leave);
          resolve(this.#grant(amount));
        },
      };
      const leave = (): void => {
        const at = this.#waiting.indexOf(waiting);
        if (at !== -1) this.#waiting.splice(at, 1);
        reject(signal?.reason instanceof Error ? signal.reason : new Error('The wait was aborted'));
        this.#admit();
      };
      if (signal?.aborted) {
        leave();
        return;
      }
      signal?.addEventListener('abort', leave, { once: true });
      this.#waiting.push(waiting);
    });
  }

  #fits(amount: number): boolean {
    return this.#taken === 0 || this.#taken + amount <= this.capacity;
  }

  #grant(amount: number): ByteShare {
    this.#taken += amount;
    let held = amount;
    const shrinkTo = (kept: number): void => {
      if (kept >= held) return;
      this.#taken -= held - kept;
      held = kept;
      this.#admit();
    };
    return { shrinkTo, release: () => shrinkTo(0) };
  }

  #admit(): void {
    for (let next = this.#waiting[0]; next && this.#fits(next.amount); next = this.#waiting[0]) {
      this.#waiting.shift();
      next.start();
    }
  }
}
