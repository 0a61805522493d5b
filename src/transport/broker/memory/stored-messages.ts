import type { StoredMessage } from './stored-message.js';

/** The messages of one queue: their order, which are in flight, and which FIFO groups are locked. */
export class StoredMessages {
  /** By sequence number, in their order. */
  readonly #all = new Map<number, StoredMessage>();
  readonly #inFlight = new Set<StoredMessage>();
  /** FIFO groups that are locked: none of their messages is delivered until one of those in flight is visible or all are gone. */
  readonly #locked = new Set<string>();

  constructor(private readonly fifo: boolean) {}

  get size(): number {
    return this.#all.size;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  isInFlight(message: StoredMessage): boolean {
    return this.#inFlight.has(message);
  }

  [Symbol.iterator](): IterableIterator<StoredMessage> {
    return this.#all.values();
  }

  add(message: StoredMessage): void {
    this.#all.set(message.sequence, message);
  }

  find(sequence: number): StoredMessage | undefined {
    return this.#all.get(sequence);
  }

  has({ sequence }: StoredMessage): boolean {
    return this.#all.has(sequence);
  }

  remove(message: StoredMessage): void {
    this.#all.delete(message.sequence);
    this.#inFlight.delete(message);
    if (this.fifo && !this.#inFlight.values().some(({ group }) => group === message.group))
      this.#locked.delete(message.group ?? '');
  }

  /** Those that may be delivered now, in their order. Groups are locked only by `handOut`. */
  *receivable(nowMs: number): Generator<StoredMessage> {
    for (const message of this.#all.values())
      if (message.visibleAtMs <= nowMs && !this.#locked.has(message.group ?? '')) yield message;
  }

  handOut(messages: readonly StoredMessage[]): void {
    for (const message of messages) {
      this.#inFlight.add(message);
      if (this.fifo) this.#locked.add(message.group ?? '');
    }
  }

  /** Once a message becomes visible again, its group can be delivered; what is too old is gone. */
  expire(nowMs: number, retentionMs: number): void {
    for (const message of this.#inFlight) {
      if (message.visibleAtMs > nowMs) continue;
      this.#inFlight.delete(message);
      this.#locked.delete(message.group ?? '');
    }
    for (const message of this.#all.values()) {
      if (message.enteredAtMs > nowMs - retentionMs) break;
      this.remove(message);
    }
  }

  /** When the next message becomes visible that is not; Infinity for none. */
  nextVisibleMs(nowMs: number): number {
    let nextMs = Infinity;
    for (const { visibleAtMs } of this.#all.values())
      if (visibleAtMs > nowMs && visibleAtMs < nextMs) nextMs = visibleAtMs;
    return nextMs;
  }
}
