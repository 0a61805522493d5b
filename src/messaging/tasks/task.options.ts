import type { PayloadClass } from '../event-bus/index.js';
import type { EventFailPayload } from '../event-bus/index.js';

/** How a failed task is retried: after a random time up to `baseS` · 2^(attempts − 1), at most `capS`. */
export interface TaskRetryOptions {
  /** 0 to 15. Default: 15. */
  readonly maxRetries?: number;
  /** Seconds, whole, 1 to 3 600. Default: 1. */
  readonly baseS?: number;
  /** Seconds, whole, 1 to 3 600. Default: 3 600. */
  readonly capS?: number;
}

/** A model: the class of instances, or a model of mongoose. */
export type TaskModel<T extends object = object> = abstract new (...args: never[]) => T;

export interface TaskOptions<T extends object = object> {
  /** The model of the task's instance. `TasksModule` must have a repository of it. */
  readonly model: TaskModel<T>;
  /** Published when the task has succeeded, built from the instance: contains only fields with `@Expose()`. */
  readonly success: PayloadClass;
  /** Published when the task has failed for good. */
  readonly failure: PayloadClass<EventFailPayload>;
  /** Deletes the instance when the failure event is published. Default: false. */
  readonly deleteOnFailure?: boolean;
  /** Deletes the instance when the success event is published. Default: false. */
  readonly deleteOnSuccess?: boolean;
  readonly retry?: TaskRetryOptions;
  /** For builds that change the names of classes. Default: the name of the class without `Task`. */
  readonly name?: string;
}

/** The input of a task: the id of its instance as `<model>Id`, such as `userId`, and any further JSON it needs. */
export type TaskInput = Readonly<Record<string, unknown>>;

/** One attempt of one run of a task. */
export interface TaskContext<I extends TaskInput = TaskInput> {
  /** The same at every attempt of the run. */
  readonly runId: string;
  /** The input given to `delay`. */
  readonly input: I;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Whether a failure of this attempt is final. */
  readonly isLastAttempt: boolean;
  /** Aborted when this process has lost the message's lease. */
  readonly signal: AbortSignal;
}

/** The interface of a class with `@Task`. */
export interface TaskProvider<T extends object = object> {
  /** Changes the instance; the changes are stored together with the success event. */
  run(instance: T, context: TaskContext): unknown;
}

export type TaskClass<T extends object = object> = new (...args: never[]) => TaskProvider<T>;
