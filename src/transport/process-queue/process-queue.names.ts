import { randomBytes } from 'node:crypto';

const FIFO_SUFFIX = '.fifo';
// As good as never the same twice among all queues of an account, and short: a name has 80 characters.
const RANDOM_BYTES = 8;
const RANDOM_PART = /^[0-9a-f]{16}(\.fifo)?$/;

/** Characters that a per-process queue adds to the name of its kind. */
export const PROCESS_SUFFIX_LENGTH = 1 + 2 * RANDOM_BYTES;

/**
 * Tag of a per-process queue: seconds from the creation of the queue to the last update by its owner. A duration: added to
 * the time at which SQS made the queue it is a time by SQS's clock, which is the same for all processes.
 */
export const ALIVE_TAG = 'weft:alive-s';

/** What the names of a kind of per-process queues start with and end in. */
export interface ProcessQueueNames {
  readonly prefix: string;
  readonly suffix: string;
}

/** Of a declared name: `changes` → `changes-…`, `changes.fifo` → `changes-….fifo`. */
export const processQueueNames = (name: string): ProcessQueueNames =>
  name.endsWith(FIFO_SUFFIX)
    ? { prefix: `${name.slice(0, -FIFO_SUFFIX.length)}-`, suffix: FIFO_SUFFIX }
    : { prefix: `${name}-`, suffix: '' };

export const newProcessQueueName = ({ prefix, suffix }: ProcessQueueNames): string =>
  `${prefix}${randomBytes(RANDOM_BYTES).toString('hex')}${suffix}`;

/** What the names fit, for policies of IAM: `*` and `?`. Other queues begin alike, and are not of this length. */
export const processQueueWildcards = ({ prefix, suffix }: ProcessQueueNames): string =>
  `${prefix}${'?'.repeat(2 * RANDOM_BYTES)}${suffix}`;

/** Whether a queue of this name is of that kind: others may begin like it. */
export const isProcessQueueName = (name: string, { prefix }: ProcessQueueNames): boolean =>
  name.startsWith(prefix) && RANDOM_PART.test(name.slice(prefix.length));
