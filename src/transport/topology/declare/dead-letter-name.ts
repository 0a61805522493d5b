import { isForeign, splitFifo } from '../../../common/resource-names.js';
import type { QueueDeclaration } from './topology.js';

/** `orders` → `orders-dlq`, `orders.fifo` → `orders-dlq.fifo`. */
export function ownDeadLetterName(queue: string): string {
  const { base, suffix } = splitFifo(queue);
  return `${base}-dlq${suffix}`;
}

/** The declared dead-letter queue, or the one that a queue gets when Weft creates it. */
export function deadLetterName(queue: QueueDeclaration): string | undefined {
  if (queue.deadLetter === false) return undefined;
  if (queue.deadLetter?.name !== undefined) return queue.deadLetter.name;
  if (isForeign(queue.name)) return undefined;
  // A broadcast has none by default: its messages are copies that every process gets.
  if (queue.broadcast && queue.deadLetter === undefined) return undefined;
  return ownDeadLetterName(queue.name);
}
