import { defineTopology, type Topology } from '../../transport/topology/index.js';
import {
  DEFAULT_TASKS_QUEUE,
  TASK_MAX_RECEIVE_COUNT,
  TASK_VISIBILITY_TIMEOUT_S,
  TASKS,
} from './tasks.constants.js';
import type { TasksOptions } from './tasks.options.js';

/**
 * The queue of tasks and the route to it, to be merged into the topology of client and server.
 *
 * @throws {TopologyError} for an invalid name or limit.
 * @example
 * SnsSqsModule.forRoot({ topology: mergeTopologies(eventBusTopology(USER_BUS), tasksTopology(USER_TASKS)), … });
 */
export function tasksTopology({ queue = {} }: Pick<TasksOptions, 'queue'>): Topology {
  const { name = DEFAULT_TASKS_QUEUE, ...settings } = queue;
  return defineTopology({
    queues: [
      {
        visibilityTimeoutS: TASK_VISIBILITY_TIMEOUT_S,
        deadLetter: { maxReceiveCount: TASK_MAX_RECEIVE_COUNT },
        // Runs record their own outcome, so the idempotency store is not needed.
        idempotent: false,
        ...settings,
        name,
        patterns: [TASKS],
      },
    ],
    routes: [{ patterns: [TASKS], queue: name }],
  });
}
