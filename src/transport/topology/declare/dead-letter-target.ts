import { isForeign, lastPart } from '../../../common/resource-names.js';
import { ownDeadLetterName, deadLetterName } from './dead-letter-name.js';
import type { QueueAttributes } from './queue-attributes.js';
import { readRedrivePolicy } from './queue-settings.js';
import { DEFAULT_MAX_RECEIVE_COUNT } from '../../sns-sqs.constants.js';
import type { QueueDeclaration } from './topology.js';

/** The dead-letter queue of a queue. */
export type DeadLetterTarget =
  | { readonly kind: 'none' }
  /** The one in the queue's redrive policy. */
  | { readonly kind: 'kept'; readonly arn: string }
  /** Declared by name, or the queue's own if Weft creates the queue. */
  | { readonly kind: 'named'; readonly name: string };

const NONE: DeadLetterTarget = { kind: 'none' };

/** @param existing attributes of the queue; undefined if it does not exist yet. */
export function deadLetterTarget(
  declaration: QueueDeclaration,
  existing: QueueAttributes | undefined,
): DeadLetterTarget {
  const { name, deadLetter } = declaration;
  if (deadLetter === false) return NONE;
  if (deadLetter?.name !== undefined) return { kind: 'named', name: deadLetter.name };
  if (existing === undefined) {
    const made = deadLetterName(declaration);
    return made === undefined ? NONE : { kind: 'named', name: made };
  }
  const current = readRedrivePolicy(existing.RedrivePolicy);
  if (current) return { kind: 'kept', arn: current.target };
  return deadLetter === undefined || isForeign(name)
    ? NONE
    : { kind: 'named', name: ownDeadLetterName(name) };
}

/**
 * Whether a dead-letter queue belongs to one queue only, by its name; the queue's tags and encryption then apply to it
 * too.
 */
export const isOwnDeadLetter = (
  { name, deadLetter }: QueueDeclaration,
  deadLetterQueue: string,
): boolean =>
  (deadLetter || undefined)?.name === undefined &&
  lastPart(deadLetterQueue) === ownDeadLetterName(name);

/** The redrive policy declared for an existing queue; undefined if none is declared, empty if declared as none. */
export function declaredRedrive(
  { deadLetter }: QueueDeclaration,
  target: DeadLetterTarget,
  existing: QueueAttributes,
  arnOf: (queue: string) => string,
): string | undefined {
  if (deadLetter === undefined) return undefined;
  if (deadLetter === false || target.kind === 'none') return '';
  const current = readRedrivePolicy(existing.RedrivePolicy);
  return JSON.stringify({
    deadLetterTargetArn: target.kind === 'kept' ? target.arn : arnOf(target.name),
    maxReceiveCount:
      deadLetter.maxReceiveCount ?? current?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT,
  });
}
