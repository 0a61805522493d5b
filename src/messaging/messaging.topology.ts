import { defineTopology, type Topology } from '../transport/topology/index.js';
import { eventCodec } from './codecs/event.codec.js';
import { resultCodec } from './codecs/result.codec.js';
import { RESULT_PATTERN } from './messaging.patterns.js';

export const resultsTopic = (prefix: string): string => `${prefix}results`;
export const eventsTopic = (prefix: string): string => `${prefix}events`;

/** Where every handler's Results and Events go out; who listens declares a queue of its own. */
export function messagingTopology(prefix: string): Topology {
  return defineTopology({
    topics: [{ name: resultsTopic(prefix) }, { name: eventsTopic(prefix) }],
    routes: [
      { patterns: [RESULT_PATTERN], topic: resultsTopic(prefix), codec: resultCodec },
      { patterns: ['event.*'], topic: eventsTopic(prefix), codec: eventCodec },
    ],
  });
}
