import { TopologyError } from '../errors/index.js';
import { OWN_SUFFIX_LENGTH } from '../own-queue/own-name.js';
import { MAX_LEASE_HOURS, MAX_QUEUE_NAME_LENGTH } from '../sns-sqs.constants.js';
import { deadLetterName, isArn, isFifoName, isUrl, lastPart } from './names.js';
import type { QueueDeclaration, RouteDeclaration, TopicDeclaration, Topology } from './topology.js';

const TOPIC_NAME = /^[\w-]{1,256}(\.fifo)?$/;
const QUEUE_NAME = /^[\w-]{1,80}(\.fifo)?$/;

/**
 * Checks a topology and gives it back complete. Every fault is named at once.
 *
 * @throws TopologyError when names, references or limits do not hold.
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
  const faults = [
    ...topicFaults(topology.topics),
    ...topology.queues.flatMap((queue) => queueFaults(queue, topology.topics)),
    ...repeated(topology.queues.map(({ name }) => name)).map(
      (name) => `queue ${name}: declared twice`,
    ),
    ...topology.routes.flatMap((route) => routeFaults(route, topology)),
  ];
  if (faults.length > 0) {
    throw new TopologyError(`The topology does not hold:\n  ${faults.join('\n  ')}`, {
      details: { faults },
    });
  }
  return topology;
}

/** One topology of several; a topic that is declared alike in two of them is one topic. */
export function mergeTopologies(...parts: readonly Topology[]): Topology {
  const topics = new Map<string, TopicDeclaration>();
  for (const topic of parts.flatMap((part) => part.topics)) topics.set(topic.name, topic);
  return defineTopology({
    topics: [...topics.values()],
    queues: parts.flatMap((part) => part.queues),
    routes: parts.flatMap((part) => part.routes),
  });
}

function topicFaults(topics: readonly TopicDeclaration[]): string[] {
  return [
    ...topics
      .filter(({ name }) => !isArn(name) && !(TOPIC_NAME.test(name) && name.length <= 256))
      .map(({ name }) => `topic ${name}: a name has 1 to 256 letters, digits, - and _ (and .fifo)`),
    ...topics.flatMap((topic) => fifoFaults('topic', topic)),
    ...repeated(topics.map(({ name }) => name)).map((name) => `topic ${name}: declared twice`),
  ];
}

function queueFaults(queue: QueueDeclaration, topics: readonly TopicDeclaration[]): string[] {
  const faults: string[] = [];
  const fault = (text: string): void => void faults.push(`queue ${queue.name}: ${text}`);
  for (const name of [queue.name, deadLetterName(queue)]) {
    if (
      name !== undefined &&
      !isUrl(name) &&
      (!QUEUE_NAME.test(name) || name.length > MAX_QUEUE_NAME_LENGTH)
    ) {
      fault(
        `the name ${name} must have 1 to ${MAX_QUEUE_NAME_LENGTH} letters, digits, - and _ (and .fifo)`,
      );
    }
  }
  faults.push(...fifoFaults('queue', queue));
  if (queue.onFailure !== undefined && !isFifoName(lastPart(queue.name))) {
    fault(`onFailure is ${queue.onFailure}, which only a FIFO queue has`);
  }
  const deadLetter = deadLetterName(queue);
  if (queue.onFailure === 'skip' && deadLetter === undefined && !isUrl(queue.name)) {
    fault('onFailure is skip, which needs a dead-letter queue');
  }
  if (queue.broadcast) broadcastFaults(queue, fault);
  if (deadLetter !== undefined && isFifoName(deadLetter) !== isFifoName(queue.name))
    fault(`its dead-letter queue ${deadLetter} must be FIFO exactly if it is itself`);
  if (deadLetter === queue.name) fault('is its own dead-letter queue');
  for (const { topic } of queue.from ?? []) {
    if (!isArn(topic) && !topics.some(({ name }) => name === topic))
      fault(`subscribes to ${topic}, which is not declared`);
  }
  range(queue.visibilityTimeoutS, 1, MAX_LEASE_HOURS * 3600, 'visibilityTimeoutS', fault);
  range(queue.retentionS, 60, 14 * 24 * 3600, 'retentionS', fault);
  range(queue.concurrency, 1, 120_000, 'concurrency', fault);
  if (queue.deadLetter)
    range(queue.deadLetter.maxReceiveCount, 1, 1000, 'deadLetter.maxReceiveCount', fault);
  return faults;
}

function broadcastFaults(
  { name, from = [] }: QueueDeclaration,
  fault: (text: string) => void,
): void {
  if (isUrl(name))
    fault('is a broadcast, of which each process makes its own queue: it has no URL');
  if (from.length === 0) fault('is a broadcast, which needs a topic (from)');
  if (name.length + OWN_SUFFIX_LENGTH > MAX_QUEUE_NAME_LENGTH) {
    fault(
      `is a broadcast, whose name has at most ${MAX_QUEUE_NAME_LENGTH - OWN_SUFFIX_LENGTH} characters: each process adds ${OWN_SUFFIX_LENGTH}`,
    );
  }
}

/** AWS tells FIFO by the name alone. */
function fifoFaults(kind: string, { name, fifo }: { name: string; fifo?: boolean }): string[] {
  return fifo === undefined || fifo === isFifoName(lastPart(name))
    ? []
    : [
        `${kind} ${name}: fifo is ${fifo}, but the name of a FIFO ${kind}, and no other, ends in .fifo`,
      ];
}

function range(
  value: number | undefined,
  low: number,
  high: number,
  name: string,
  fault: (text: string) => void,
): void {
  if (value !== undefined && (!Number.isInteger(value) || value < low || value > high)) {
    fault(`${name} is ${value}, must be a whole number from ${low} to ${high}`);
  }
}

function routeFaults(route: RouteDeclaration, { topics, queues }: Topology): string[] {
  const subject = `route ${route.patterns.join(', ')}`;
  const faults: string[] = [];
  if (route.patterns.length === 0) faults.push(`${subject}: names no pattern`);
  const [target, declared, isForeign] =
    'topic' in route ? [route.topic, topics, isArn] : [route.queue, queues, isUrl];
  if (!isForeign(target) && !declared.some(({ name }) => name === target)) {
    faults.push(`${subject}: goes to ${target}, which is not declared`);
  }
  if (queues.some(({ name, broadcast }) => broadcast && name === target)) {
    faults.push(
      `${subject}: goes to ${target}, a broadcast: every process has a queue of it, so name its topic`,
    );
  }
  return faults;
}

function repeated(names: readonly string[]): string[] {
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
