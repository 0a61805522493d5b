import { randomBytes } from 'node:crypto';

import { splitFifo } from '../../common/resource-names.js';

// Long enough never to collide within an account, and short, because a name has at most 80 characters.
const RANDOM_BYTES = 8;
const RANDOM_PART = /^[0-9a-f]{16}(\.fifo)?$/;

/** Characters that a per-process queue adds to its declared name. */
export const PROCESS_SUFFIX_LENGTH = 1 + 2 * RANDOM_BYTES;

/**
 * Tag of a per-process queue: seconds from the creation of the queue to the last update by its owner. Added to SQS's
 * creation time it gives a time by SQS's clock, which is the same for all processes.
 */
export const ALIVE_TAG = 'weft:alive-s';

/** The common beginning and end of the names of per-process queues of one kind. */
export interface ProcessQueueNames {
  readonly prefix: string;
  readonly suffix: string;
}

/** The names for a declared name: `changes` → `changes-…`, `changes.fifo` → `changes-….fifo`. */
export function processQueueNames(name: string): ProcessQueueNames {
  const { base, suffix } = splitFifo(name);
  return { prefix: `${base}-`, suffix };
}

export const newProcessQueueName = ({ prefix, suffix }: ProcessQueueNames): string =>
  `${prefix}${randomBytes(RANDOM_BYTES).toString('hex')}${suffix}`;

/**
 * A wildcard (`*`, `?`) for IAM policies that fits these names. Other queues with the same beginning differ in length.
 */
export const processQueueWildcards = ({ prefix, suffix }: ProcessQueueNames): string =>
  `${prefix}${'?'.repeat(2 * RANDOM_BYTES)}${suffix}`;

/** Whether a name is one of these, rather than that of another queue with the same beginning. */
export const isProcessQueueName = (name: string, { prefix }: ProcessQueueNames): boolean =>
  name.startsWith(prefix) && RANDOM_PART.test(name.slice(prefix.length));
