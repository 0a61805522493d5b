import type { StoredMessage } from './stored-message.js';

type Groups = ReadonlySet<string | undefined>;

/**
 * FIFO groups of which nothing more is delivered: from a receive until one of the messages in flight then is visible
 * again, or all of them are deleted.
 */
export class GroupLocks {
  /** The messages that lock their groups, or did until one of the group became visible. */
  readonly #held = new Set<StoredMessage>();

  constructor(private readonly messages: ReadonlyMap<number, StoredMessage>) {}

  locked(nowMs: number): Groups {
    const [locked, visible] = [new Set<string | undefined>(), new Set<string | undefined>()];
    for (const message of this.#held)
      if (!this.messages.has(message.sequence)) this.#held.delete(message);
      else (message.visibleAtMs > nowMs ? locked : visible).add(message.group);
    for (const group of visible) locked.delete(group);
    return locked;
  }

  /** @param received the messages of one receive. */
  lock(received: readonly StoredMessage[], nowMs: number): void {
    const groups: Groups = new Set(received.map(({ group }) => group));
    for (const message of this.#held)
      if (groups.has(message.group) && message.visibleAtMs <= nowMs) this.#held.delete(message);
    for (const message of received) this.#held.add(message);
  }
}
