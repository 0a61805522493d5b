import type { QueueDeclaration } from '../../transport/topology/index.js';
import type { TaskClass } from './task.options.js';
import type { TaskRepositoryDeclaration } from './task.repository.js';

/** The queue of tasks. */
export interface TasksQueueOptions extends Pick<
  QueueDeclaration,
  | 'visibilityTimeoutS'
  | 'timeoutMs'
  | 'concurrency'
  | 'retentionS'
  | 'deadLetter'
  | 'tags'
  | 'encryption'
> {
  /** Default: weft-tasks. */
  readonly name?: string;
}

/**
 * Tasks and where they are queued: the same options make the topology and the module.
 *
 * @example
 * export const USER_TASKS: TasksOptions = {
 *   tasks: [RegisterUserTask],
 *   repositories: [documentRepository(User, USERS)],
 *   queue: { name: 'user-tasks' },
 * };
 */
export interface TasksOptions {
  /** Classes with `@Task`. Those that this process runs must be providers of some module. */
  readonly tasks: readonly TaskClass[];
  /** One for each model of the tasks. */
  readonly repositories: readonly TaskRepositoryDeclaration[];
  readonly queue?: TasksQueueOptions;
  /** Whether this process runs tasks, besides enqueuing them. Default: true. */
  readonly run?: boolean;
}
