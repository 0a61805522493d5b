import type { LeaseRegistry } from '../leases/lease.registry.js';

/** Assumed size until a message was received; most are smaller. */
const FIRST_GUESS_BYTES = 16 * 1024;
/** Factor by which the largest size seen decays with each receive. */
const FORGOTTEN = 0.9;

/** How many more messages of a queue the process may take, limited by count and by bytes. */
export class Capacity {
  #messages: number;
  /** Size of the largest recent message; the next ones may be as large. */
  #largestBytes = FIRST_GUESS_BYTES;

  constructor(
    private readonly leases: Pick<LeaseRegistry, 'size' | 'bytes'>,
    messages: number,
    private readonly maxBytes: number,
  ) {
    this.#messages = messages;
  }

  get messages(): number {
    return this.#messages;
  }

  set messages(messages: number) {
    this.#messages = messages;
  }

  /** Messages that may be requested when none are in flight. */
  get free(): number {
    const { size, bytes } = this.leases;
    const fitting = Math.floor((this.maxBytes - bytes) / this.#largestBytes);
    return Math.min(this.#messages - size, Math.max(fitting, size === 0 ? 1 : 0));
  }

  /** @param largestBytes size of the largest message of one receive. */
  received(largestBytes: number): void {
    this.#largestBytes = Math.max(1, largestBytes, this.#largestBytes * FORGOTTEN);
  }
}
