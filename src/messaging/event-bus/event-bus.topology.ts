import {
  defineTopology,
  type QueueDeclaration,
  type Topology,
} from '../../transport/topology/index.js';
import { BUS_EVENTS, busTopicPattern } from './bus-event.js';
import { busEventCodec } from './bus-event.codec.js';
import type { EventBusOptions, EventQueueOptions } from './event-bus.options.js';
import { eventNamesOf } from './event-payload.decorator.js';
import { EventTopics } from './event-topics.js';

/**
 * The topics, queues and routes of an event bus, to be merged into the topology of client and server.
 *
 * @throws {TopologyError} when names, references or limits do not hold.
 * @example
 * SnsSqsModule.forRoot({ topology: mergeTopologies(ordersTopology, eventBusTopology(USER_BUS)), … });
 */
export function eventBusTopology({ topics: declared, queues = [] }: EventBusOptions): Topology {
  const topics = new EventTopics(declared).all;
  const all = new Set([...topics, ...queues.flatMap(({ from = [] }) => from)]);
  return defineTopology({
    topics: [...all].map((name) => ({ name })),
    queues: queues.map((queue) => declaredQueue(queue, topics)),
    routes: topics.map((topic) => ({
      patterns: [busTopicPattern(topic, '*')],
      topic,
      codec: busEventCodec(),
    })),
  });
}

function declaredQueue(
  { from, events, filterPolicy, unknown, ...queue }: EventQueueOptions,
  topics: readonly string[],
): QueueDeclaration {
  const policy = {
    ...(events && { eventName: events.map((type) => eventNamesOf(type).eventName) }),
    ...filterPolicy,
  };
  return {
    ...queue,
    patterns: [BUS_EVENTS],
    from: (from ?? topics).map((topic) => ({ topic, raw: true, filterPolicy: policy })),
    codec: busEventCodec(unknown),
  };
}
