import type { DocumentStore } from '../../platform/persistence/index.js';
import type { Outbox, OutboxEntry } from '../../platform/outbox/index.js';
import type { TaskModel } from './task.options.js';

/** The stored outcome of an ended run. */
export interface StoredOutcome {
  readonly runId: string;
  readonly task: string;
  readonly outcome: 'success' | 'failure';
  /** The entry for the instance's outbox. */
  readonly entry: OutboxEntry;
  /** Whether the instance is deleted when the entry is published. */
  readonly thenDelete: boolean;
  /** Whether the task's changes of the instance are stored. */
  readonly withChanges: boolean;
}

/** `known`: the run already has an outcome. `gone`: the instance no longer exists. */
export type Stored = 'stored' | 'known' | 'gone';

/** An instance, loaded for one attempt of one run. */
export interface LoadedInstance<T extends object = object> {
  readonly instance: T;
  /** Whether the outcome of a run is stored with it. */
  hasOutcome(runId: string): boolean;
  /** Writes the changes of the instance and the outcome in one atomic update, unless the run already has an outcome. */
  store(outcome: StoredOutcome): Promise<Stored>;
}

/**
 * The instances of a model. `store` must make one atomic update of one document with an outbox that a relay publishes
 * from, so that an event is published exactly if its outcome was stored.
 */
export interface TaskRepository<T extends object = object> {
  /** @returns null when there is no such instance. */
  load(id: string): Promise<LoadedInstance<T> | null>;
}

/** Creates the repository of a model at start. */
export interface TaskRepositoryDeclaration<T extends object = object> {
  readonly model: TaskModel<T>;
  /** Its name in events: `User`. */
  readonly entity: string;
  readonly create: (
    store: DocumentStore,
    outbox: Outbox,
  ) => TaskRepository<T> | Promise<TaskRepository<T>>;
}

/** A run's outcome in the document of its instance. */
export interface RememberedOutcome {
  readonly run: string;
  readonly task: string;
  readonly outcome: StoredOutcome['outcome'];
  readonly at: string;
}

/** The fields for tasks' outcomes in a document. */
export interface TaskDocument {
  task_outcomes?: RememberedOutcome[];
}
