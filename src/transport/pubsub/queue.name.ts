import { createHash } from 'node:crypto';

import { lastPart, splitFifo } from '../../common/resource-names.js';

const DEAD_LETTER_SUFFIX = '-dlq';
/** https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html */
const MAX_LENGTH = 80;
const HASH_LENGTH = 8;

/**
 * The name of a topic's one queue in an environment: `<topic>-<environment>`, with `.fifo` kept last. A name of more
 * than 80 characters is cut and ends in a hash of the whole, so that it is the same at every start.
 *
 * @param topic its name, or its ARN.
 * @example
 * queueNameOf('orders', 'production'); // 'orders-production'
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-queues.html
 */
export function queueNameOf(topic: string, environment: string): string {
  const { base, suffix } = splitFifo(lastPart(topic));
  return fitted(`${base}-${environment}`, suffix);
}

/** The dead-letter queue's name, cut in the same way, if `<name>-dlq` would be too long; else undefined. */
export function shortDeadLetterName(queue: string): string | undefined {
  if (queue.length + DEAD_LETTER_SUFFIX.length <= MAX_LENGTH) return undefined;
  const { base, suffix } = splitFifo(queue);
  return fitted(base, `${DEAD_LETTER_SUFFIX}${suffix}`);
}

function fitted(base: string, suffix: string): string {
  const room = MAX_LENGTH - suffix.length;
  if (base.length <= room) return `${base}${suffix}`;
  const hash = createHash('sha256').update(base).digest('hex').slice(0, HASH_LENGTH);
  return `${base.slice(0, room - HASH_LENGTH - 1)}-${hash}${suffix}`;
}
