import { Injectable } from '@nestjs/common';
import {
  DocumentStore,
  DuplicateKeyError,
  type DocumentCollection,
  type Filter,
  type Projection,
} from '../../platform/persistence/index.js';
import { MAX_LINEAGE_STEPS, TERMINAL_STATUSES } from './registry.constants.js';
import {
  JOBS_COLLECTION,
  STEPS_COLLECTION,
  type JobDocument,
  type StepDocument,
  type Tracked,
} from './registry.documents.js';

/** What an update of a job or step writes. */
export interface Change {
  readonly $set: Readonly<Record<string, unknown>>;
  /** Writes only where nothing is, or something greater. */
  readonly $min?: Readonly<Record<string, string>>;
}

export interface JobsQuery {
  readonly equal: Readonly<Partial<Record<keyof JobDocument, string>>>;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  readonly limit: number;
  readonly offset: number;
}

/** Of a step that others list: not what it ran, which can be long. */
const WITHOUT_DETAILS: Projection = { executions: 0, 'inputs.metadata': 0, 'outputs.metadata': 0 };

/** The documents of jobs and steps. Every change is one atomic update of one document. */
@Injectable()
export class RegistryRepository {
  readonly #jobs: DocumentCollection<JobDocument>;
  readonly #steps: DocumentCollection<StepDocument>;

  constructor(store: DocumentStore) {
    this.#jobs = store.collection(JOBS_COLLECTION);
    this.#steps = store.collection(STEPS_COLLECTION);
  }

  /** @returns false when the id is taken. */
  insertJob(job: JobDocument): Promise<boolean> {
    return inserted(this.#jobs.insert(job));
  }

  /** @returns false when the id is taken. */
  insertStep(step: StepDocument): Promise<boolean> {
    return inserted(this.#steps.insert(step));
  }

  findJob(id: string): Promise<JobDocument | null> {
    return this.#jobs.findOne({ _id: { $eq: id } });
  }

  findStep(id: string): Promise<StepDocument | null> {
    return this.#steps.findOne({ _id: { $eq: id } });
  }

  /** @returns the job after it; null when there is none, or when it has ended and must not have. */
  changeJob(id: string, change: Change, unlessEnded: boolean): Promise<JobDocument | null> {
    return this.#jobs.updateOne(target(id, unlessEnded), change);
  }

  /** @returns the step after it; null when there is none, or when it has ended and must not have. */
  changeStep(id: string, change: Change, unlessEnded: boolean): Promise<StepDocument | null> {
    return this.#steps.updateOne(target(id, unlessEnded), change);
  }

  /** Newest first. */
  queryJobs({ equal, createdAfter, createdBefore, limit, offset }: JobsQuery) {
    const conditions: Filter<JobDocument>[] = Object.entries(equal).map(([field, value]) => ({
      [field]: { $eq: value },
    }));
    if (createdAfter !== undefined) conditions.push({ created_at: { $gte: createdAfter } });
    if (createdBefore !== undefined) conditions.push({ created_at: { $lte: createdBefore } });
    return this.#jobs.find(conditions.length === 0 ? {} : { $and: conditions }, {
      sort: { created_at: -1, _id: -1 },
      limit,
      skip: offset,
      projection: { request: 0, parameters: 0, metadata: 0 },
    });
  }

  /** In the order they were added; without their details. */
  stepsOf(jobId: string): Promise<StepDocument[]> {
    return this.#steps.find(
      { job_id: { $eq: jobId } },
      { sort: { created_at: 1, _id: 1 }, projection: WITHOUT_DETAILS },
    );
  }

  /** The steps that wrote, or read, what is at a location; those that did so last come first. */
  stepsAt(
    side: 'outputs' | 'inputs',
    location: string,
    environment: string | undefined,
  ): Promise<StepDocument[]> {
    const at = side === 'outputs' ? 'completed_at' : 'started_at';
    return this.#steps.find(
      {
        [`${side}.location`]: { $eq: location },
        ...(environment === undefined ? {} : { environment: { $eq: environment } }),
      },
      {
        sort: { [at]: -1, created_at: -1 },
        limit: MAX_LINEAGE_STEPS,
        projection: { inputs: 0, outputs: 0, metadata: 0 },
      },
    );
  }
}

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
