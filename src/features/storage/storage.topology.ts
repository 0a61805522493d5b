import { REJECTED_PATTERN } from '../../messaging/index.js';
import { commandCodec } from '../../transport/codec/index.js';
import { defineTopology, type Topology } from '../../transport/topology/index.js';
import { STORAGE_VISIBILITY_TIMEOUT_S } from './storage.constants.js';

export const storageQueue = (prefix: string): string => `${prefix}storage-queue`;

/** The topic and the queue of storage Commands. */
export function storageTopology(prefix: string): Topology {
  const topic = `${prefix}storage-commands`;
  return defineTopology({
    topics: [{ name: topic }],
    queues: [
      {
        name: storageQueue(prefix),
        patterns: ['storage.*'],
        from: [{ topic }],
        codec: commandCodec,
        fallback: REJECTED_PATTERN,
        visibilityTimeoutS: STORAGE_VISIBILITY_TIMEOUT_S,
      },
    ],
    routes: [{ patterns: ['storage.*'], topic, codec: commandCodec }],
  });
}
