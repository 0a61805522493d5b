import {
  REJECTED_PATTERN,
  RESULT_PATTERN,
  resultCodec,
  resultsTopic,
} from '../../messaging/index.js';
import { commandCodec } from '../../transport/codec/index.js';
import { defineTopology, type Topology } from '../../transport/topology/index.js';
import { openLineageCodec } from './lineage/openlineage/openlineage.codec.js';
import { OPENLINEAGE_PATTERN } from './lineage/openlineage/openlineage.constants.js';
import {
  REGISTRY_VISIBILITY_TIMEOUT_S,
  RESULTS_VISIBILITY_TIMEOUT_S,
} from './registry.constants.js';

export const registryQueue = (prefix: string): string => `${prefix}registry-queue`;
export const resultsQueue = (prefix: string): string => `${prefix}results-queue`;

const openLineageTopic = (prefix: string): string => `${prefix}openlineage`;

/**
 * The topic and queue of the registry's Commands, the queue of all Results, and the topic of OpenLineage events of
 * completed steps.
 */
export function registryTopology(prefix: string): Topology {
  const commands = `${prefix}registry-commands`;
  const results = resultsTopic(prefix);
  const lineage = openLineageTopic(prefix);
  return defineTopology({
    topics: [{ name: commands }, { name: results }, { name: lineage }],
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
    routes: [
      { patterns: ['registry.*'], topic: commands, codec: commandCodec },
      { patterns: [OPENLINEAGE_PATTERN], topic: lineage, codec: openLineageCodec },
    ],
  });
}
