import { commandsQueue, commandsTopology } from '../../messaging/index.js';
import { defineTopology, type Topology } from '../../transport/topology/index.js';
import { QUERY_VISIBILITY_TIMEOUT_S } from './query.constants.js';
import type { QueryOptions } from './query.options.js';

export const queryQueue = (prefix: string): string => commandsQueue(prefix, 'query');

/** The topic and the queue of queries; none without an engine. */
export const queryTopology = (
  prefix: string,
  { engine, concurrency }: Pick<QueryOptions, 'engine' | 'concurrency'>,
): Topology =>
  engine === 'none'
    ? defineTopology({})
    : commandsTopology(prefix, 'query', {
        visibilityTimeoutS: QUERY_VISIBILITY_TIMEOUT_S,
        concurrency,
      });
