import type { DocumentStore } from '../../platform/persistence/index.js';
import type { Outbox, OutboxEntry } from '../../platform/outbox/index.js';
import type { TaskModel } from './task.options.js';

/** What is stored of a run that has ended. */
export interface StoredOutcome {
  readonly runId: string;
  readonly task: string;
  readonly outcome: 'success' | 'failure';
  /** Goes into the outbox of the instance. */
  readonly entry: OutboxEntry;
  /** Whether the instance is deleted when the entry is out. */
  readonly thenDelete: boolean;
  /** Whether what the task changed in the instance is stored. */
  readonly withChanges: boolean;
}

/** `known`: the outcome of the run was there already. `gone`: the instance is not there any more. */
export type Stored = 'stored' | 'known' | 'gone';

/** An instance, loaded for one attempt of one run. */
export interface LoadedInstance<T extends object = object> {
  readonly instance: T;
  /** Whether the outcome of a run is stored with it. */
  hasOutcome(runId: string): boolean;
  /** Writes the changes of the instance and the outcome in one atomic update, unless the outcome of the run is there. */
  store(outcome: StoredOutcome): Promise<Stored>;
}

/**
 * Where the instances of a model are. What `store` writes must be one atomic update of one document with an outbox that a
 * relay publishes from: then an event goes out exactly if its outcome was stored.
 */
export interface TaskRepository<T extends object = object> {
  /** @returns null when there is no such instance. */
  load(id: string): Promise<LoadedInstance<T> | null>;
}

/** Makes the repository of a model, at the start. */
export interface TaskRepositoryDeclaration<T extends object = object> {
  readonly model: TaskModel<T>;
  /** As events call it: `User`. */
  readonly entity: string;
  readonly create: (
    store: DocumentStore,
    outbox: Outbox,
  ) => TaskRepository<T> | Promise<TaskRepository<T>>;
}

/** What the document of an instance remembers of a run. */
export interface RememberedOutcome {
  readonly run: string;
  readonly task: string;
  readonly outcome: StoredOutcome['outcome'];
  readonly at: string;
}

/** What a document with outcomes of tasks has besides its own fields and its outbox. */
export interface TaskDocument {
  task_outcomes?: RememberedOutcome[];
}
