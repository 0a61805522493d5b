import { isArn } from '../../../common/arn.js';
import type { QueueDeclaration } from './topology.js';

const FIFO_SUFFIX = '.fifo';

export const isUrl = (name: string): boolean => /^https?:\/\//.test(name);
export const isFifoName = (name: string): boolean => name.endsWith(FIFO_SUFFIX);

/** Whether a queue or topic is named by ARN or URL: it is used, never created or changed. */
export const isForeign = (name: string): boolean => isArn(name) || isUrl(name);

/** `orders` → `orders-dlq`, `orders.fifo` → `orders-dlq.fifo`. */
export const ownDeadLetterName = (queue: string): string =>
  isFifoName(queue) ? `${queue.slice(0, -FIFO_SUFFIX.length)}-dlq${FIFO_SUFFIX}` : `${queue}-dlq`;

/** The declared dead-letter queue, or the one that a queue gets when Weft creates it. */
export function deadLetterName(queue: QueueDeclaration): string | undefined {
  if (queue.deadLetter === false) return undefined;
  if (queue.deadLetter?.name !== undefined) return queue.deadLetter.name;
  if (isForeign(queue.name)) return undefined;
  // A broadcast has none by default: its messages are copies that every process gets.
  if (queue.broadcast && queue.deadLetter === undefined) return undefined;
  return ownDeadLetterName(queue.name);
}

/** `arn:aws:sqs:eu-west-1:123456789012:orders` → `orders`; `https://host/123456789012/orders` → `orders`. */
export const lastPart = (address: string): string =>
  address.slice(Math.max(address.lastIndexOf('/'), address.lastIndexOf(':')) + 1);
