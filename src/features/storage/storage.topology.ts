import { commandsQueue, commandsTopology } from '../../messaging/index.js';
import type { Topology } from '../../transport/topology/index.js';
import { STORAGE_VISIBILITY_TIMEOUT_S } from './storage.constants.js';

export const storageQueue = (prefix: string): string => commandsQueue(prefix, 'storage');

/** The topic and the queue of storage Commands. */
export const storageTopology = (prefix: string): Topology =>
  commandsTopology(prefix, 'storage', { visibilityTimeoutS: STORAGE_VISIBILITY_TIMEOUT_S });
