import { commandsQueue, commandsTopology } from '../../messaging/index.js';
import type { Topology } from '../../transport/topology/index.js';
import { TRANSFORM_CONCURRENCY, TRANSFORM_VISIBILITY_TIMEOUT_S } from './transform.constants.js';

export const transformQueue = (prefix: string): string => commandsQueue(prefix, 'transform');

/** The topic and the queue of transform Commands. */
export const transformTopology = (prefix: string): Topology =>
  commandsTopology(prefix, 'transform', {
    visibilityTimeoutS: TRANSFORM_VISIBILITY_TIMEOUT_S,
    concurrency: TRANSFORM_CONCURRENCY,
  });
