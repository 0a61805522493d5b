import type { PayloadClass } from '../event-bus/index.js';
import type { EventFailPayload } from '../event-bus/index.js';

/** How a task that failed is tried again: after a random time up to `baseS` · 2^(attempts − 1), at most `capS`. */
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
  /** Whose instance the task is given. One of the repositories of `TasksModule` must be of it. */
  readonly model: TaskModel<T>;
  /** Published when the task has succeeded, built from the instance: only fields with `@Expose()` go out. */
  readonly success: PayloadClass;
  /** Published when the task has failed for good. */
  readonly failure: PayloadClass<EventFailPayload>;
  /** Deletes the instance when the failure event is out. Default: false. */
  readonly deleteOnFailure?: boolean;
  /** Deletes the instance when the success event is out. Default: false. */
  readonly deleteOnSuccess?: boolean;
  readonly retry?: TaskRetryOptions;
  /** For builds that change the names of classes. Default: the name of the class without `Task`. */
  readonly name?: string;
}

/** What a task is enqueued with: the id of its instance as `<model>Id`, such as `userId`, and whatever else it needs. JSON. */
export type TaskInput = Readonly<Record<string, unknown>>;

/** One attempt of one run of a task. */
export interface TaskContext<I extends TaskInput = TaskInput> {
  /** The same at every attempt of the run. */
  readonly runId: string;
  /** As it was given to `delay`. */
  readonly input: I;
  /** 1 at the first attempt. */
  readonly attempt: number;
  /** Whether a failure of this attempt is the run's. */
  readonly isLastAttempt: boolean;
  /** Aborted when the message is no longer this process's to handle. */
  readonly signal: AbortSignal;
}

/** What a class with `@Task` has to be. */
export interface TaskProvider<T extends object = object> {
  /** Changes the instance; what it leaves in it is stored together with the success event. */
  run(instance: T, context: TaskContext): unknown;
}

export type TaskClass<T extends object = object> = new (...args: never[]) => TaskProvider<T>;
