import { Injectable } from '@nestjs/common';
import { Outbox, pushing, WITHOUT_OUTBOX, type OutboxEntry } from '../../platform/outbox/index.js';
import {
  DocumentStore,
  DuplicateKeyError,
  type DocumentCollection,
  type Filter,
  type Projection,
  type Update,
} from '../../platform/persistence/index.js';
import { MAX_JOB_STEPS, SKIPPED_STEPS_BATCH, TERMINAL_STATUSES } from './registry.constants.js';
import {
  JOBS_COLLECTION,
  STEPS_COLLECTION,
  type JobDocument,
  type StepDocument,
  type Tracked,
} from './registry.documents.js';

/** Of a step that others list: not what it ran, which can be long. */
const WITHOUT_DETAILS: Projection = {
  executions: 0,
  'inputs.metadata': 0,
  'outputs.metadata': 0,
  ...WITHOUT_OUTBOX,
};

/** The documents of jobs and steps. Every change is one atomic update of one document, with what it has to publish. */
@Injectable()
export class RegistryRepository {
  readonly #jobs: DocumentCollection<JobDocument>;
  readonly #steps: DocumentCollection<StepDocument>;
  readonly #outbox: Outbox;

  constructor(store: DocumentStore, outbox: Outbox) {
    this.#jobs = store.collection(JOBS_COLLECTION);
    this.#steps = store.collection(STEPS_COLLECTION);
    this.#outbox = outbox;
    outbox.relay(JOBS_COLLECTION);
    outbox.relay(STEPS_COLLECTION);
  }

  /** @returns false when the id is taken. */
  async insertJob(job: JobDocument): Promise<boolean> {
    const { _id: id } = job;
    const isNew = await inserted(this.#jobs.insert(job));
    this.#outbox.wake(JOBS_COLLECTION, id);
    return isNew;
  }

  /** @returns false when the id is taken. */
  async insertStep(step: StepDocument): Promise<boolean> {
    const { _id: id } = step;
    const isNew = await inserted(this.#steps.insert(step));
    this.#outbox.wake(STEPS_COLLECTION, id);
    return isNew;
  }

  findJob(id: string): Promise<JobDocument | null> {
    return this.#jobs.findOne({ _id: { $eq: id } }, { projection: WITHOUT_OUTBOX });
  }

  findStep(id: string): Promise<StepDocument | null> {
    return this.#steps.findOne({ _id: { $eq: id } }, { projection: WITHOUT_OUTBOX });
  }

  /** Those there are, in any order; without what is long. */
  async findSteps(ids: readonly string[]): Promise<Map<string, StepDocument>> {
    const found = await this.#steps.find(
      { _id: { $in: ids } },
      { projection: { ...WITHOUT_OUTBOX, executions: 0 } },
    );
    return new Map(found.map((step) => [idOf(step), step]));
  }

  /** @returns the job after it; null when there is none, or when it has ended and must not have. */
  async changeJob(
    id: string,
    change: Update<Tracked>,
    unlessEnded: boolean,
  ): Promise<JobDocument | null> {
    const changed = await this.#jobs.updateOne(target(id, unlessEnded), change, {
      projection: WITHOUT_OUTBOX,
    });
    this.#outbox.wake(JOBS_COLLECTION, id);
    return changed;
  }

  /** @returns the step after it; null when there is none, or when it has ended and must not have. */
  async changeStep(
    id: string,
    change: Update<Tracked>,
    unlessEnded: boolean,
  ): Promise<StepDocument | null> {
    const changed = await this.#steps.updateOne(target(id, unlessEnded), change, {
      projection: WITHOUT_OUTBOX,
    });
    this.#outbox.wake(STEPS_COLLECTION, id);
    return changed;
  }

  /** Changes steps that have not ended, in one call. @returns how many had not. */
  async changeSteps(
    changes: readonly { readonly id: string; readonly change: Update<Tracked> }[],
  ): Promise<number> {
    const changed = await this.#steps.updateEach(
      changes.map(({ id, change }) => ({ filter: target(id, true), update: change })),
    );
    for (const { id } of changes) this.#outbox.wake(STEPS_COLLECTION, id);
    return changed;
  }

  /** Changes a step unless another has since its revision. @returns whether it did. */
  async reviseStep(id: string, revision: number, change: Update<StepDocument>): Promise<boolean> {
    const changed = await this.#steps.updateOne({ _id: { $eq: id }, revision }, change, {
      projection: { _id: 1 },
    });
    this.#outbox.wake(STEPS_COLLECTION, id);
    return changed !== null;
  }

  /** Has something more published because of a step. */
  async publishOfStep(id: string, entry: OutboxEntry): Promise<void> {
    await this.#steps.updateOne(
      { _id: { $eq: id }, 'outbox.id': { $ne: entry.id } },
      pushing(entry),
      { projection: { _id: 1 } },
    );
    this.#outbox.wake(STEPS_COLLECTION, id);
  }

  /** Some of a job's steps that have not begun. */
  pendingSteps(jobId: string): Promise<StepDocument[]> {
    return this.#steps.find(
      { job_id: { $eq: jobId }, status: 'pending' },
      { limit: SKIPPED_STEPS_BATCH, projection: WITHOUT_DETAILS },
    );
  }

  /** Changes steps that have not begun. @returns how many had not. */
  async changePendingSteps(
    changes: readonly { readonly id: string; readonly change: Update<Tracked> }[],
  ): Promise<number> {
    const changed = await this.#steps.updateEach(
      changes.map(({ id, change }) => ({
        filter: { _id: { $eq: id }, status: 'pending' },
        update: change,
      })),
    );
    for (const { id } of changes) this.#outbox.wake(STEPS_COLLECTION, id);
    return changed;
  }

  /** In the order they were added, at most `MAX_JOB_STEPS`; without their details. */
  stepsOf(jobId: string): Promise<StepDocument[]> {
    return this.#steps.find(
      { job_id: { $eq: jobId } },
      { sort: { created_at: 1, _id: 1 }, limit: MAX_JOB_STEPS, projection: WITHOUT_DETAILS },
    );
  }

  /** What some steps ran. */
  async executionsOf(ids: readonly string[]): Promise<Map<string, StepDocument['executions']>> {
    const found = await this.#steps.find({ _id: { $in: ids } }, { projection: { executions: 1 } });
    return new Map(found.map((step) => [idOf(step), step.executions]));
  }
}

const idOf = ({ _id: id }: { _id: string }): string => id;

function target(id: string, unlessEnded: boolean): Filter<Tracked> {
  return { _id: { $eq: id }, ...(unlessEnded && { status: { $nin: TERMINAL_STATUSES } }) };
}

async function inserted(insert: Promise<void>): Promise<boolean> {
  try {
    await insert;
    return true;
  } catch (error) {
    if (error instanceof DuplicateKeyError) return false;
    throw error;
  }
}
