export interface RoomLimits {
  readonly messages: number;
  readonly bytes: number;
}

interface Waiting {
  readonly bytes: number;
  readonly enter: () => void;
}

/**
 * Bounds what waits in memory to be sent. Who comes when it is full waits
 * outside, first come first served; a message larger than all of it has it alone.
 */
export class Room {
  readonly #waiting: Waiting[] = [];
  #messages = 0;
  #bytes = 0;

  constructor(private readonly limits: RoomLimits) {}

  /** Undefined when there is room now: most messages need no promise for it. */
  enter(bytes: number): Promise<void> | undefined {
    if (this.#waiting.length === 0 && this.#fits(bytes)) {
      this.#take(bytes);
      return undefined;
    }
    return new Promise((resolve) => this.#waiting.push({ bytes, enter: resolve }));
  }

  leave(bytes: number): void {
    this.#messages -= 1;
    this.#bytes -= bytes;
    for (let [next] = this.#waiting; next && this.#fits(next.bytes); [next] = this.#waiting) {
      this.#waiting.shift();
      this.#take(next.bytes);
      next.enter();
    }
  }

  #fits(bytes: number): boolean {
    if (this.#messages === 0) return true;
    return this.#messages < this.limits.messages && this.#bytes + bytes <= this.limits.bytes;
  }

  #take(bytes: number): void {
    this.#messages += 1;
    this.#bytes += bytes;
  }
}
