import { commandCodec } from '../transport/codec/index.js';
import {
  defineTopology,
  type QueueDeclaration,
  type Topology,
} from '../transport/topology/index.js';
import { REJECTED_PATTERN } from './messaging.patterns.js';

/** The queue of one type of Commands, such as `pudato-storage-queue`. */
export const commandsQueue = (prefix: string, type: string): string => `${prefix}${type}-queue`;

/** The topic and the queue of one type of Commands. */
export function commandsTopology(
  prefix: string,
  type: string,
  options: Pick<QueueDeclaration, 'visibilityTimeoutS' | 'concurrency'>,
): Topology {
  const topic = `${prefix}${type}-commands`;
  const patterns = [`${type}.*`];
  return defineTopology({
    topics: [{ name: topic }],
    queues: [
      {
        name: commandsQueue(prefix, type),
        patterns,
        from: [{ topic }],
        codec: commandCodec,
        fallback: REJECTED_PATTERN,
        ...options,
      },
    ],
    routes: [{ patterns, topic, codec: commandCodec }],
  });
}
