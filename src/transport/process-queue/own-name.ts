import { randomBytes } from 'node:crypto';

const FIFO_SUFFIX = '.fifo';
// As good as never the same twice among all queues of an account, and short: a name has 80 characters.
const RANDOM_BYTES = 8;
const RANDOM_PART = /^[0-9a-f]{16}(\.fifo)?$/;

/** Characters that a process's own queue adds to the name of its kind. */
export const OWN_SUFFIX_LENGTH = 1 + 2 * RANDOM_BYTES;

/** What the names of a kind of own queues start with and end in. */
export interface OwnNames {
  readonly prefix: string;
  readonly suffix: string;
}

/** Of a declared name: `changes` → `changes-…`, `changes.fifo` → `changes-….fifo`. */
export const ownNamesOf = (name: string): OwnNames =>
  name.endsWith(FIFO_SUFFIX)
    ? { prefix: `${name.slice(0, -FIFO_SUFFIX.length)}-`, suffix: FIFO_SUFFIX }
    : { prefix: `${name}-`, suffix: '' };

export const newOwnName = ({ prefix, suffix }: OwnNames): string =>
  `${prefix}${randomBytes(RANDOM_BYTES).toString('hex')}${suffix}`;

/** Whether a queue of this name is of that kind: others may begin like it. */
export const isOwnName = (name: string, { prefix }: OwnNames): boolean =>
  name.startsWith(prefix) && RANDOM_PART.test(name.slice(prefix.length));
