import { isDeepStrictEqual } from 'node:util';

import { parseTopicArn } from '../../../common/arn.js';
import { TopologyError } from '../../errors/index.js';
import { twiceDeclared } from './checks.js';
import { isUrl } from '../../../common/resource-names.js';
import { deadLetterName } from './dead-letter-name.js';
import { queueFaults } from './queue-faults.js';
import { unsetFaults } from './unset.faults.js';
import { topicFaults } from './topic-faults.js';
import type { QueueDeclaration, RouteDeclaration, Topology } from './topology.js';

/**
 * Checks a topology and returns it complete. The error names every fault at once.
 *
 * @throws TopologyError for invalid names, references or values.
 * @example
 * const topology = defineTopology({
 *   topics: [{ name: 'orders' }],
 *   queues: [{ name: 'billing', patterns: ['order.*'], from: [{ topic: 'orders' }] }],
 *   routes: [{ patterns: ['order.*'], topic: 'orders' }],
 * });
 */
export function defineTopology(parts: Partial<Topology>): Topology {
  const topology: Topology = {
    topics: parts.topics ?? [],
    queues: parts.queues ?? [],
    routes: parts.routes ?? [],
  };
  const unset = unsetFaults(topology);
  if (unset.length > 0) throw unsound(unset);
  const faults = [
    ...topology.topics.flatMap(topicFaults),
    ...twiceDeclared('topic', topology.topics),
    ...topology.queues.flatMap((queue) => queueFaults(queue, topology)),
    ...twiceDeclared('queue', topology.queues),
    ...circleFaults(topology.queues),
    ...topology.routes.flatMap((route) => routeFaults(route, topology)),
  ];
  if (faults.length > 0) throw unsound(faults);
  return topology;
}

const unsound = (faults: readonly string[]): TopologyError =>
  new TopologyError(`The topology is invalid:\n  ${faults.join('\n  ')}`, {
    details: { faults },
  });

/**
 * Merges several topologies into one; a topic declared identically in two of them is one topic.
 *
 * @throws TopologyError when the result is invalid, such as a topic declared in two ways.
 * @example
 * const topology = mergeTopologies(ordersTopology, billingTopology);
 */
export function mergeTopologies(...parts: readonly Topology[]): Topology {
  const topics = parts.flatMap((part) => part.topics);
  return defineTopology({
    topics: topics.filter(
      (topic, index) => topics.findIndex((one) => isDeepStrictEqual(one, topic)) === index,
    ),
    queues: parts.flatMap((part) => part.queues),
    routes: parts.flatMap((part) => part.routes),
  });
}

/** A dead-letter queue must exist before the queues that name it. */
function circleFaults(queues: readonly QueueDeclaration[]): string[] {
  const next = new Map(queues.map((queue) => [queue.name, deadLetterName(queue)]));
  return queues.flatMap(({ name }) => {
    const passed = new Set<string>();
    let at = next.get(name);
    while (at !== undefined && at !== name && !passed.has(at)) {
      passed.add(at);
      at = next.get(at);
    }
    return at === name && passed.size > 0
      ? [`queue ${name}: is its own dead-letter queue by way of ${[...passed].join(', ')}`]
      : [];
  });
}

function routeFaults(route: RouteDeclaration, { topics, queues }: Topology): string[] {
  const subject = `route ${route.patterns.join(', ')}`;
  const [target, declared] = 'topic' in route ? [route.topic, topics] : [route.queue, queues];
  const foreign = 'topic' in route ? parseTopicArn(route.topic) !== undefined : isUrl(route.queue);
  return [
    ...(route.patterns.length === 0 ? [`${subject}: names no pattern`] : []),
    ...(route.codec && typeof route.codec.encode !== 'function'
      ? [`${subject}: its codec ${route.codec.name} reads messages and writes none`]
      : []),
    ...(route.codec?.compression && 'topic' in route && isFilteredByBody(route.topic, queues)
      ? [
          `${subject}: its codec compresses bodies, which the filter policy of a subscription to ${route.topic} reads (MessageBody): SNS would deliver none of them`,
        ]
      : []),
    ...(foreign || declared.some(({ name }) => name === target)
      ? []
      : [`${subject}: goes to ${target}, which is not declared`]),
    ...(queues.some(({ name, broadcast }) => broadcast && name === target)
      ? [
          `${subject}: goes to ${target}, a broadcast: every process has a queue of it, so name its topic`,
        ]
      : []),
  ];
}

const isFilteredByBody = (topic: string, queues: readonly QueueDeclaration[]): boolean =>
  queues.some(({ from = [] }) =>
    from.some((one) => one.topic === topic && one.filterPolicyScope === 'MessageBody'),
  );
