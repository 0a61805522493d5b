import { nativeCodec } from '../../codec/native.codec.js';
import { DEFAULT_VISIBILITY_TIMEOUT_S } from '../../sns-sqs.constants.js';
import type { DeadLetterTarget } from '../declare/dead-letter-target.js';
import { isFifoName, lastPart } from '../../../common/resource-names.js';
import { arnReferences, grantsOf } from '../declare/queue-grants.js';
import type { QueueAttributes } from '../declare/queue-attributes.js';
import { newQueuePolicy } from '../declare/queue-policy.js';
import { maxReceiveCount, ownSettings, readRedrivePolicy } from '../declare/queue-settings.js';
import { forCreation } from '../declare/settings.js';
import { isRaw } from '../declare/subscription-attributes.js';
import type { QueueDeclaration } from '../declare/topology.js';
import type { BoundBroadcast, BoundQueue } from './bound-topology.js';
import { subscriptionKey, type TopologyState } from './topology-state.js';

export function boundQueue(
  declaration: QueueDeclaration,
  state: TopologyState,
  deadLetterUrl: string | undefined,
  warn: (warning: string) => void,
): BoundQueue {
  const { name, visibilityTimeoutS } = declaration;
  const { url, attributes } = state.queue(name);
  if (visibilityTimeoutS === undefined && attributes.VisibilityTimeout === '0')
    warn(
      `The queue ${name} has a visibility timeout of 0 s: its messages are received with ${DEFAULT_VISIBILITY_TIMEOUT_S} s. Declare visibilityTimeoutS to receive them with another`,
    );
  return {
    url,
    ...factsOf(declaration, lastPart(url), attributes, deadLetterUrl),
    ...envelopesOf(declaration, state),
  };
}

/** Only the parts that its processes share; each process creates its own queue at start. */
export function boundBroadcast(
  declaration: QueueDeclaration,
  state: TopologyState,
  target: DeadLetterTarget,
): BoundBroadcast {
  const { from = [] } = declaration;
  const deadLetter = target.kind === 'named' ? state.queues.get(target.name) : undefined;
  const subscriptions = from.map((declared) => ({
    topicArn: state.topicArn(declared.topic),
    declared,
  }));
  const references = arnReferences('*', (topic) => state.topicArn(topic));
  const attributes = forCreation({
    ...ownSettings(declaration).attributes,
    ...(deadLetter && {
      RedrivePolicy: JSON.stringify({
        deadLetterTargetArn: deadLetter.arn,
        maxReceiveCount: maxReceiveCount(declaration),
      }),
    }),
    Policy: newQueuePolicy(
      grantsOf(declaration, { topics: [], queues: [], routes: [] }, references),
    ),
  });
  return {
    ...factsOf(declaration, declaration.name, attributes, deadLetter?.url),
    attributes,
    subscriptions,
    ...envelopesOf(declaration, state),
  };
}

function factsOf(
  declaration: QueueDeclaration,
  name: string,
  attributes: QueueAttributes,
  deadLetterUrl: string | undefined,
): Omit<BoundQueue, 'url' | 'envelopes' | 'envelopeTopics'> {
  const receives = readRedrivePolicy(attributes.RedrivePolicy)?.maxReceiveCount;
  const largest = Number(attributes.MaximumMessageSize) || undefined;
  return {
    declaration,
    fifo: attributes.FifoQueue === undefined ? isFifoName(name) : attributes.FifoQueue === 'true',
    codec: declaration.codec ?? nativeCodec,
    visibilityTimeoutS:
      declaration.visibilityTimeoutS ??
      (Number(attributes.VisibilityTimeout) || DEFAULT_VISIBILITY_TIMEOUT_S),
    ...(deadLetterUrl !== undefined && { deadLetterUrl }),
    ...(receives !== undefined && { maxReceiveCount: receives }),
    ...(largest !== undefined && { maxMessageBytes: largest }),
  };
}

/**
 * Envelopes are expected if a subscription wraps messages, possible if subscriptions were not looked up, and otherwise
 * limited to the queue's topics.
 */
function envelopesOf(
  { name, from, envelope }: QueueDeclaration,
  { subscriptions, topics }: TopologyState,
): Pick<BoundQueue, 'envelopes' | 'envelopeTopics'> {
  const own = (from ?? []).map(({ topic }) => topics.get(topic)?.arn ?? topic);
  const envelopeTopics = [...own, ...(envelope?.topics ?? [])];
  if (from === undefined)
    return { envelopes: envelope?.topics ? envelopeTopics : 'unknown', envelopeTopics };
  const wraps = from.some(({ topic, raw }) => {
    const { attributes } = subscriptions.get(subscriptionKey(topic, name)) ?? {};
    return attributes ? !isRaw(attributes) : raw === false;
  });
  return { envelopes: wraps ? 'wrapped' : own, envelopeTopics };
}
