import { patternTextFault, unsetFault } from './pattern.js';
import type { QueueDeclaration, RouteDeclaration, Topology } from './topology.js';

/**
 * Faults from unset variables. Checked first: the other checks rely on names being texts, and an undefined pattern
 * would equal options that are undefined too.
 */
export const unsetFaults = ({ topics, queues, routes }: Topology): string[] => [
  ...topics.flatMap(({ name }, index) => nameFaults(`topics[${index}]: its name`, name)),
  ...queues.flatMap(queueFaults),
  ...routes.flatMap(routeFaults),
];

function queueFaults(queue: QueueDeclaration, index: number): string[] {
  const subject = unsetFault(queue.name) ? `queues[${index}]` : `queue ${queue.name}`;
  return [
    ...nameFaults(`${subject}: its name`, queue.name),
    ...patternFaults(subject, queue.patterns),
    ...('fallback' in queue ? nameFaults(`${subject}: its fallback`, queue.fallback) : []),
    ...(queue.from ?? []).flatMap(({ topic }) =>
      nameFaults(`${subject}: a topic it subscribes to`, topic),
    ),
  ];
}

function routeFaults(route: RouteDeclaration, index: number): string[] {
  const subject = `routes[${index}]`;
  const [kind, target] = 'topic' in route ? ['topic', route.topic] : ['queue', route.queue];
  return [
    ...patternFaults(subject, route.patterns),
    ...nameFaults(`${subject}: its ${kind}`, target),
  ];
}

function patternFaults(subject: string, patterns: readonly string[]): string[] {
  if (!Array.isArray(patterns)) return [`${subject}: its patterns must be a list of texts`];
  return patterns.flatMap((pattern: unknown) => {
    const fault =
      typeof pattern === 'string'
        ? patternTextFault(pattern)
        : (unsetFault(pattern) ?? 'is not a string: write an object as Nest does, {"cmd":"sum"}');
    return fault === undefined ? [] : [`${subject}: a pattern ${fault}`];
  });
}

function nameFaults(subject: string, name: unknown): string[] {
  const fault = unsetFault(name) ?? (typeof name === 'string' ? undefined : 'is not a string');
  return fault === undefined ? [] : [`${subject} ${fault}`];
}
