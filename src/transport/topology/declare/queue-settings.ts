import type { QueueAttributeName } from '@aws-sdk/client-sqs';

import {
  BROADCAST_RETENTION_S,
  DEAD_LETTER_RETENTION_S,
  DEFAULT_MAX_RECEIVE_COUNT,
  DEFAULT_RETENTION_S,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  MAX_WAIT_TIME_S,
} from '../../sns-sqs.constants.js';
import { queueEncryption, sameKey } from './encryption.js';
import { deadLetterName, isFifoName, isForeign } from './names.js';
import type { QueueDeclaration, Tags } from './topology.js';

export type QueueAttributes = Partial<Record<QueueAttributeName, string>>;

/** What a queue is to have of its own, apart from what ties it to others. */
export interface QueueSettings {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Tags;
}

/**
 * The queues a topology makes: those it declares by name, and their dead-letter queues. Where one is both,
 * its own declaration says how it is to be.
 */
export function queuesToMake(declarations: readonly QueueDeclaration[]): QueueSettings[] {
  const queues = new Map<string, QueueSettings>();
  for (const declaration of declarations) {
    const name = deadLetterName(declaration);
    if (name !== undefined)
      queues.set(
        name,
        settings(name, declaration, { MessageRetentionPeriod: String(DEAD_LETTER_RETENTION_S) }),
      );
  }
  for (const declaration of declarations) {
    const { name, broadcast = false } = declaration;
    if (!broadcast && !isForeign(name)) queues.set(name, ownSettings(declaration));
  }
  return [...queues.values()];
}

/** What a declared queue is to have. */
export function ownSettings(declaration: QueueDeclaration): QueueSettings {
  const { name, broadcast = false, visibilityTimeoutS, retentionS } = declaration;
  const defaultRetentionS = broadcast ? BROADCAST_RETENTION_S : DEFAULT_RETENTION_S;
  return settings(name, declaration, {
    VisibilityTimeout: String(visibilityTimeoutS ?? DEFAULT_VISIBILITY_TIMEOUT_S),
    MessageRetentionPeriod: String(retentionS ?? defaultRetentionS),
    ReceiveMessageWaitTimeSeconds: String(MAX_WAIT_TIME_S),
  });
}

const settings = (
  name: string,
  { encryption, tags = {} }: QueueDeclaration,
  attributes: QueueAttributes,
): QueueSettings => ({
  name,
  tags,
  attributes: {
    ...attributes,
    ...queueEncryption(encryption),
    ...(isFifoName(name) && { FifoQueue: 'true' }),
  },
});

/** Messages go to the dead-letter queue after as many receives; empty for none. */
export const redrivePolicy = (
  declaration: QueueDeclaration,
  deadLetterArn: string | undefined,
): string =>
  deadLetterArn === undefined ? '' : JSON.stringify(redriveTo(declaration, deadLetterArn));

/** A redrive policy to an ARN, or to what a template has in its place. */
export const redriveTo = <Reference>(declaration: QueueDeclaration, target: Reference) => ({
  deadLetterTargetArn: target,
  maxReceiveCount: maxReceiveCount(declaration),
});

export const maxReceiveCount = ({ deadLetter }: QueueDeclaration): number =>
  (deadLetter || undefined)?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT;

/** What a queue's redrive policy says; undefined without one. */
export function readRedrivePolicy(
  text = '',
): { readonly target: string; readonly maxReceiveCount: number } | undefined {
  if (text === '') return undefined;
  const { deadLetterTargetArn: target = '', maxReceiveCount: count = 0 } = JSON.parse(text) as {
    deadLetterTargetArn?: string;
    maxReceiveCount?: number | string;
  };
  return { target, maxReceiveCount: Number(count) };
}

/** What SQS means by leaving an attribute out. */
const WHEN_LEFT_OUT: QueueAttributes = {
  SqsManagedSseEnabled: 'false',
  KmsMasterKeyId: '',
  KmsDataKeyReusePeriodSeconds: '300',
  RedrivePolicy: '',
};

/** Names of the attributes that are not as wanted. */
export const differing = (is: QueueAttributes, wanted: QueueAttributes): QueueAttributeName[] =>
  (Object.keys(wanted) as QueueAttributeName[]).filter(
    (name) => !sameValue(name, is[name] ?? WHEN_LEFT_OUT[name], wanted[name] ?? ''),
  );

function sameValue(name: QueueAttributeName, is: string | undefined, wanted: string): boolean {
  if (is === undefined || is === wanted) return is === wanted;
  if (name === 'KmsMasterKeyId') return sameKey(is, wanted);
  if (name !== 'RedrivePolicy') return false;
  const [one, other] = [readRedrivePolicy(is), readRedrivePolicy(wanted)];
  return one?.target === other?.target && one?.maxReceiveCount === other?.maxReceiveCount;
}
