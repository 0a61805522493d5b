import {
  REJECTED_PATTERN,
  RESULT_PATTERN,
  resultCodec,
  resultsTopic,
} from '../../messaging/index.js';
import { commandCodec } from '../../transport/codec/index.js';
import { defineTopology, type Topology } from '../../transport/topology/index.js';
import {
  REGISTRY_VISIBILITY_TIMEOUT_S,
  RESULTS_VISIBILITY_TIMEOUT_S,
} from './registry.constants.js';

export const registryQueue = (prefix: string): string => `${prefix}registry-queue`;
export const resultsQueue = (prefix: string): string => `${prefix}results-queue`;

/** The topic and queue of the registry's Commands, and the queue of everybody's Results. */
export function registryTopology(prefix: string): Topology {
  const commands = `${prefix}registry-commands`;
  const results = resultsTopic(prefix);
  return defineTopology({
    topics: [{ name: commands }, { name: results }],
    queues: [
      {
        name: registryQueue(prefix),
        patterns: ['registry.*'],
        from: [{ topic: commands }],
        codec: commandCodec,
        fallback: REJECTED_PATTERN,
        visibilityTimeoutS: REGISTRY_VISIBILITY_TIMEOUT_S,
      },
      {
        name: resultsQueue(prefix),
        patterns: [RESULT_PATTERN],
        from: [{ topic: results }],
        codec: resultCodec,
        visibilityTimeoutS: RESULTS_VISIBILITY_TIMEOUT_S,
      },
    ],
    routes: [{ patterns: ['registry.*'], topic: commands, codec: commandCodec }],
  });
}
