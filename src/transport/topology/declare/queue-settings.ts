import {
  BROADCAST_RETENTION_S,
  DEAD_LETTER_RETENTION_S,
  DEFAULT_MAX_RECEIVE_COUNT,
  DEFAULT_RETENTION_S,
  DEFAULT_VISIBILITY_TIMEOUT_S,
  MAX_WAIT_TIME_S,
} from '../../sns-sqs.constants.js';
import { queueEncryption, sameKey } from './encryption.js';
import { sameJson } from './json-value.js';
import { isFifoName, isForeign } from '../../../common/resource-names.js';
import { deadLetterName } from './dead-letter-name.js';
import type { QueueAttributeName, QueueAttributes } from './queue-attributes.js';
import type { QueueDeclaration, Tags } from './topology.js';

/** The attributes a queue is created with, without its relations to other queues. */
export interface QueueSettings {
  readonly name: string;
  readonly attributes: QueueAttributes;
  readonly tags: Tags;
}

/**
 * The queues a topology creates if they do not exist: those declared by name, and their dead-letter queues. If one is
 * both, its own declaration applies.
 */
export function queuesToMake(declarations: readonly QueueDeclaration[]): QueueSettings[] {
  const queues = new Map<string, QueueSettings>();
  for (const declaration of declarations) {
    const name = deadLetterName(declaration);
    if (name !== undefined && !isForeign(name))
      queues.set(name, deadLetterSettings(name, declaration));
  }
  for (const declaration of declarations) {
    const { name, broadcast = false } = declaration;
    if (!broadcast && !isForeign(name)) queues.set(name, ownSettings(declaration));
  }
  return [...queues.values()];
}

/** The settings of a new declared queue: its declaration, and Weft's defaults for the rest. */
export function ownSettings(declaration: QueueDeclaration): QueueSettings {
  const { name, broadcast = false, tags = {} } = declaration;
  return {
    name,
    tags,
    attributes: {
      VisibilityTimeout: String(DEFAULT_VISIBILITY_TIMEOUT_S),
      MessageRetentionPeriod: String(broadcast ? BROADCAST_RETENTION_S : DEFAULT_RETENTION_S),
      ReceiveMessageWaitTimeSeconds: String(MAX_WAIT_TIME_S),
      ...declaredAttributes(declaration),
      ...fifoAttribute(name),
    },
  };
}

/** The settings of a new dead-letter queue of a declared queue. */
export const deadLetterSettings = (
  name: string,
  { encryption, tags = {} }: QueueDeclaration,
): QueueSettings => ({
  name,
  tags,
  attributes: {
    MessageRetentionPeriod: String(DEAD_LETTER_RETENTION_S),
    ...queueEncryption(encryption),
    ...fifoAttribute(name),
  },
});

const fifoAttribute = (name: string): QueueAttributes =>
  isFifoName(name) ? { FifoQueue: 'true' } : {};

/** The attributes that a declaration sets, and no others. */
export function declaredAttributes({
  visibilityTimeoutS,
  retentionS,
  maxMessageBytes,
  highThroughput,
  encryption,
}: QueueDeclaration): QueueAttributes {
  return {
    ...(visibilityTimeoutS !== undefined && { VisibilityTimeout: String(visibilityTimeoutS) }),
    ...(retentionS !== undefined && { MessageRetentionPeriod: String(retentionS) }),
    ...(maxMessageBytes !== undefined && { MaximumMessageSize: String(maxMessageBytes) }),
    ...(highThroughput !== undefined && {
      DeduplicationScope: highThroughput ? 'messageGroup' : 'queue',
      FifoThroughputLimit: highThroughput ? 'perMessageGroupId' : 'perQueue',
    }),
    ...queueEncryption(encryption),
  };
}

/** The queues that may use this one as their dead-letter queue; undefined if not declared. */
export function redriveAllowPolicy<Reference>(
  { redriveAllow }: QueueDeclaration,
  arnOf: (queue: string) => Reference,
): RedriveAllowPolicy<Reference> | undefined {
  if (redriveAllow === undefined) return undefined;
  if (redriveAllow === 'any') return { redrivePermission: 'allowAll' };
  if (redriveAllow === 'none') return { redrivePermission: 'denyAll' };
  return {
    redrivePermission: 'byQueue',
    sourceQueueArns: redriveAllow.toSorted().map((queue) => arnOf(queue)),
  };
}

/** The policy in SQS's form. */
interface RedriveAllowPolicy<Reference = string> {
  readonly redrivePermission: 'allowAll' | 'denyAll' | 'byQueue';
  readonly sourceQueueArns?: readonly Reference[];
}

/** A redrive policy to an ARN or a template's reference. */
export const redriveTo = <Reference>(declaration: QueueDeclaration, target: Reference) => ({
  deadLetterTargetArn: target,
  maxReceiveCount: maxReceiveCount(declaration),
});

export const maxReceiveCount = ({ deadLetter }: QueueDeclaration): number =>
  (deadLetter || undefined)?.maxReceiveCount ?? DEFAULT_MAX_RECEIVE_COUNT;

/** Reads a queue's redrive policy; undefined without one. */
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

/** The values of attributes that SQS leaves out. */
const WHEN_LEFT_OUT: QueueAttributes = {
  SqsManagedSseEnabled: 'false',
  KmsMasterKeyId: '',
  KmsDataKeyReusePeriodSeconds: '300',
  RedrivePolicy: '',
  RedriveAllowPolicy: '{"redrivePermission":"allowAll"}',
  DeduplicationScope: 'queue',
  FifoThroughputLimit: 'perQueue',
};

/** Names of the attributes that differ. */
export const differing = (is: QueueAttributes, wanted: QueueAttributes): QueueAttributeName[] =>
  (Object.keys(wanted) as QueueAttributeName[]).filter(
    (name) => !sameValue(name, is[name] ?? WHEN_LEFT_OUT[name], wanted[name] ?? ''),
  );

function sameValue(name: QueueAttributeName, is: string | undefined, wanted: string): boolean {
  if (is === undefined || is === wanted) return is === wanted;
  if (name === 'KmsMasterKeyId') return sameKey(is, wanted);
  if (name === 'RedriveAllowPolicy') return sameJson(sorted(is), sorted(wanted));
  if (name !== 'RedrivePolicy') return false;
  const [one, other] = [readRedrivePolicy(is), readRedrivePolicy(wanted)];
  return one?.target === other?.target && one?.maxReceiveCount === other?.maxReceiveCount;
}

/** SQS returns the sources in another order. */
function sorted(redriveAllow: string): string {
  const policy = JSON.parse(redriveAllow || '{}') as RedriveAllowPolicy;
  const { sourceQueueArns: sources } = policy;
  return JSON.stringify({ ...policy, ...(sources && { sourceQueueArns: sources.toSorted() }) });
}
