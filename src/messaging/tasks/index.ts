export { ApplicationError, type ApplicationErrorOptions } from './application.error.js';
export { documentRepository } from './document.repository.js';
export { mongooseRepository } from './mongoose.repository.js';
export { InjectTask, Task } from './task.decorator.js';
export { TaskHandle } from './task.handle.js';
export type {
  TaskClass,
  TaskContext,
  TaskInput,
  TaskModel,
  TaskOptions,
  TaskProvider,
  TaskRetryOptions,
} from './task.options.js';
export type {
  LoadedInstance,
  Stored,
  StoredOutcome,
  TaskRepository,
  TaskRepositoryDeclaration,
} from './task.repository.js';
export { TasksModule } from './tasks.module.js';
export type { TasksOptions, TasksQueueOptions } from './tasks.options.js';
export { tasksTopology } from './tasks.topology.js';
