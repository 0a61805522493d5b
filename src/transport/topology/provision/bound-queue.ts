import { nativeCodec } from '../../codec/native.codec.js';
import { DEFAULT_VISIBILITY_TIMEOUT_S } from '../../sns-sqs.constants.js';
import type { BoundBroadcast, BoundQueue } from './bound-topology.js';
import { isFifoName, lastPart } from '../declare/names.js';
import { newQueuePolicy } from '../declare/queue-policy.js';
import {
  maxReceiveCount,
  ownSettings,
  readRedrivePolicy,
  redrivePolicy,
  type QueueAttributes,
} from '../declare/queue-settings.js';
import type { WantedSubscription } from './queue.connector.js';
import type { ExistingQueue } from './queue.provisioner.js';
import { forCreation } from '../declare/settings.js';
import type { QueueDeclaration } from '../declare/topology.js';

export const boundQueue = (
  declaration: QueueDeclaration,
  { url, attributes }: ExistingQueue,
  deadLetter: ExistingQueue | undefined,
): BoundQueue => ({ url, ...factsOf(declaration, lastPart(url), attributes, deadLetter) });

/** Only what its processes share; each makes its own queue as it starts. */
export function boundBroadcast({
  declaration,
  deadLetter,
  wanted = [],
}: {
  readonly declaration: QueueDeclaration;
  readonly deadLetter: ExistingQueue | undefined;
  readonly wanted: readonly WantedSubscription[] | undefined;
}): BoundBroadcast {
  const attributes = forCreation({
    ...ownSettings(declaration).attributes,
    RedrivePolicy: redrivePolicy(declaration, deadLetter?.arn),
    Policy: newQueuePolicy(wanted.map(({ topicArn }) => topicArn)),
  });
  const facts = factsOf(declaration, declaration.name, attributes, deadLetter);
  return { ...facts, attributes, subscriptions: wanted };
}

function factsOf(
  declaration: QueueDeclaration,
  name: string,
  attributes: QueueAttributes,
  deadLetter: ExistingQueue | undefined,
): Omit<BoundQueue, 'url'> {
  const receives =
    readRedrivePolicy(attributes.RedrivePolicy)?.maxReceiveCount ??
    (deadLetter && maxReceiveCount(declaration));
  return {
    declaration,
    fifo: declaration.fifo ?? isFifoName(name),
    codec: declaration.codec ?? nativeCodec,
    visibilityTimeoutS:
      declaration.visibilityTimeoutS ??
      (Number(attributes.VisibilityTimeout) || DEFAULT_VISIBILITY_TIMEOUT_S),
    ...(deadLetter && { deadLetterUrl: deadLetter.url }),
    ...(receives !== undefined && { maxReceiveCount: receives }),
  };
}
