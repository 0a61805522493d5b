import { ConfigurationError, type Settings } from '../platform/config/index.js';
import { messagingTopology } from '../messaging/index.js';
import { registryTopology } from '../features/registry/index.js';
import { sessionsTopology } from '../features/sessions/index.js';
import { storageTopology } from '../features/storage/index.js';
import { mergeTopologies, type Topology } from '../transport/index.js';

/** Every topic, queue and route of the service. */
export function appTopology({ messaging, sessions }: Settings): Topology {
  const { topicPrefix } = messaging;
  return mergeTopologies(
    messagingTopology(topicPrefix),
    storageTopology(topicPrefix),
    registryTopology(topicPrefix),
    sessionsTopology(sessions),
  );
}

/**
 * The queues this process consumes. `pudato-storage-queue` has the role
 * `storage`; the queue of changed session metadata has the role `sessions`.
 *
 * @throws {ConfigurationError} when `WEFT_CONSUME` names a role that no queue has.
 */
export function consumedQueues(settings: Settings, { queues }: Topology): string[] {
  const { consume, topicPrefix } = settings.messaging;
  if (consume === 'none') return [];
  const received = queues.filter(({ patterns }) => patterns.length > 0);
  const roles = new Map(
    received.map(({ name }) => [
      name === settings.sessions.metadataQueueUrl ? 'sessions' : roleOf(name, topicPrefix),
      name,
    ]),
  );
  if (consume === 'all') return [...roles.values()];
  const unknown = consume.filter((role) => !roles.has(role));
  if (unknown.length > 0) {
    throw new ConfigurationError([
      {
        variable: 'WEFT_CONSUME',
        problem: `names roles that no queue has: ${unknown.join(', ')}`,
        remedy: `Choose among ${[...roles.keys()].join(', ')}, or set it to all or none`,
      },
    ]);
  }
  return consume.flatMap((role) => roles.get(role) ?? []);
}

const roleOf = (queue: string, prefix: string): string =>
  queue.slice(queue.startsWith(prefix) ? prefix.length : 0).replace(/-queue$/, '');
