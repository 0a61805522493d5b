import type { StoredMessage } from './stored-message.js';

type Groups = ReadonlySet<string | undefined>;

/**
 * FIFO groups of which nothing more is delivered: from a receive until one of the messages in flight then is visible
 * again, or all of them are deleted.
 *
 * @param held those messages, of all groups; what the queue has no longer is taken out.
 */
export function lockedGroups(
  held: Set<StoredMessage>,
  messages: ReadonlyMap<number, StoredMessage>,
  nowMs: number,
): Groups {
  const [locked, visible] = [new Set<string | undefined>(), new Set<string | undefined>()];
  for (const message of held)
    if (!messages.has(message.sequence)) held.delete(message);
    else (message.visibleAtMs > nowMs ? locked : visible).add(message.group);
  for (const group of visible) locked.delete(group);
  return locked;
}

/** @param taken what a receive brings. */
export function lockGroups(
  held: Set<StoredMessage>,
  taken: readonly StoredMessage[],
  nowMs: number,
): void {
  const groups: Groups = new Set(taken.map(({ group }) => group));
  for (const message of held)
    if (groups.has(message.group) && message.visibleAtMs <= nowMs) held.delete(message);
  for (const message of taken) held.add(message);
}
