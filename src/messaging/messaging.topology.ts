import { defineTopology, type Topology } from '../transport/topology/index.js';
import { eventCodec } from './codecs/event.codec.js';
import { resultCodec } from './codecs/result.codec.js';
import { RESULT_PATTERN } from './messaging.patterns.js';

/** As other programs know the queue. */
const EVENTS_VISIBILITY_TIMEOUT_S = 60;

export const resultsTopic = (prefix: string): string => `${prefix}results`;
export const eventsTopic = (prefix: string): string => `${prefix}events`;

/** Where every handler's Results and Events go out, and the queue other programs find the Events on. */
export function messagingTopology(prefix: string): Topology {
  return defineTopology({
    topics: [{ name: resultsTopic(prefix) }, { name: eventsTopic(prefix) }],
    queues: [
      {
        name: `${prefix}events-queue`,
        patterns: [],
        from: [{ topic: eventsTopic(prefix) }],
        visibilityTimeoutS: EVENTS_VISIBILITY_TIMEOUT_S,
      },
    ],
    routes: [
      { patterns: [RESULT_PATTERN], topic: resultsTopic(prefix), codec: resultCodec },
      { patterns: ['event.*'], topic: eventsTopic(prefix), codec: eventCodec },
    ],
  });
}
