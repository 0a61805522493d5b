import type { StoredMessage } from './stored-message.js';

type Messages = Iterable<StoredMessage>;
type Groups = ReadonlySet<string | undefined>;

/**
 * FIFO groups of which nothing more is delivered: from a receive until one of the messages in flight then is visible
 * again, or all of them are deleted.
 */
export function lockedGroups(messages: Messages, nowMs: number): Groups {
  const [locked, visible] = [new Set<string | undefined>(), new Set<string | undefined>()];
  for (const { isHeld, visibleAtMs, group } of messages)
    if (isHeld) (visibleAtMs > nowMs ? locked : visible).add(group);
  for (const group of visible) locked.delete(group);
  return locked;
}

/** @param taken what a receive brings, of all the messages. */
export function lockGroups(
  messages: Messages,
  taken: readonly StoredMessage[],
  nowMs: number,
): void {
  const groups: Groups = new Set(taken.map(({ group }) => group));
  for (const message of messages)
    if (groups.has(message.group) && message.visibleAtMs <= nowMs) message.isHeld = false;
  for (const message of taken) message.isHeld = true;
}
