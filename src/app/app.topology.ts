import { messagingTopology } from '../messaging/index.js';
import { ConfigurationError, type Settings } from '../platform/config/index.js';
import { defineTopology, mergeTopologies, type Topology } from '../transport/index.js';
import type { QueueDeclaration } from '../transport/topology/index.js';
import { FEATURES } from './features.js';

/** Every topic, queue and route of the service. */
export function appTopology(settings: Settings): Topology {
  const { topicPrefix, maxReceiveCount } = settings.messaging;
  const { queues, ...topology } = mergeTopologies(
    messagingTopology(topicPrefix),
    ...FEATURES.flatMap((feature) => feature.topology?.(settings) ?? []),
  );
  return defineTopology({
    ...topology,
    queues: queues.map((queue) => receivedAtMost(queue, maxReceiveCount)),
  });
}

/** Queues of other owners, and those with their own limit, are left unchanged. */
function receivedAtMost(queue: QueueDeclaration, maxReceiveCount: number): QueueDeclaration {
  const { name, broadcast = false, deadLetter } = queue;
  const own = !broadcast && /^[^:/]+$/.test(name);
  return own && deadLetter !== false
    ? { ...queue, deadLetter: { maxReceiveCount, ...deadLetter } }
    : queue;
}

/**
 * The queues this process consumes: those of the roles that `WEFT_CONSUME` names.
 *
 * @throws {ConfigurationError} if it names a role without a queue under these settings
 */
export function consumedQueues(settings: Settings): string[] {
  const { consume } = settings.messaging;
  if (consume === 'none') return [];
  const queuesOf = new Map(
    FEATURES.flatMap(({ roles = {} }) =>
      Object.entries(roles).map(([role, queues]) => [role, queues(settings)] as const),
    ),
  );
  if (consume === 'all') return [...queuesOf.values()].flat();
  const idle = consume.filter((role) => !queuesOf.get(role)?.length);
  if (idle.length > 0) {
    throw new ConfigurationError([
      {
        variable: 'WEFT_CONSUME',
        problem: `names roles that have no queue with these settings: ${idle.join(', ')}`,
        remedy: 'Take them out, or set what they require (.env.example has it under their names)',
      },
    ]);
  }
  return consume.flatMap((role) => queuesOf.get(role) ?? []);
}
