import { Injectable } from '@nestjs/common';
import { chunksOf } from '../../common/chunks.js';
import { WITHOUT_OUTBOX } from '../../platform/outbox/index.js';
import {
  DocumentStore,
  type DocumentCollection,
  type Filter,
  type Projection,
} from '../../platform/persistence/index.js';
import type { ListCursor } from '../../protocol/list-cursor.js';
import { MAX_JOBS_LIMIT } from './registry.constants.js';
import { JOBS_COLLECTION, type JobDocument } from './registry.documents.js';

interface JobsQuery {
  readonly equal: Readonly<Partial<Record<keyof JobDocument, string>>>;
  readonly createdAfter?: string;
  readonly createdBefore?: string;
  /** Jobs that come after this one in the list. */
  readonly after?: ListCursor;
  readonly limit: number;
  readonly offset: number;
}

/** Of a job in a list: not what its caller sent, which can be long. */
const WITHOUT_DETAILS: Projection = {
  request: 0,
  parameters: 0,
  metadata: 0,
  ...WITHOUT_OUTBOX,
};

/** Jobs by other fields than their id. */
@Injectable()
export class JobLists {
  readonly #jobs: DocumentCollection<JobDocument>;

  constructor(store: DocumentStore) {
    this.#jobs = store.collection(JOBS_COLLECTION);
  }

  /** Those of the jobs that are cancelled. */
  async cancelledAmong(ids: readonly string[]): Promise<string[]> {
    const found: string[] = [];
    for (const some of chunksOf(ids, MAX_JOBS_LIMIT)) {
      const jobs = await this.#jobs.find(
        { _id: { $in: some }, status: 'cancelled' },
        { projection: { _id: 1 } },
      );
      found.push(...jobs.map(({ _id: id }) => id));
    }
    return found;
  }

  /** Newest first. */
  queryJobs({ equal, createdAfter, createdBefore, after, limit, offset }: JobsQuery) {
    const conditions: Filter<JobDocument>[] = Object.entries(equal).map(([field, value]) => ({
      [field]: { $eq: value },
    }));
    if (createdAfter !== undefined) conditions.push({ created_at: { $gte: createdAfter } });
    if (createdBefore !== undefined) conditions.push({ created_at: { $lte: createdBefore } });
    if (after !== undefined) {
      const { created_at, _id } = after;
      conditions.push({
        $or: [{ created_at: { $lt: created_at } }, { created_at, _id: { $lt: _id } }],
      });
    }
    return this.#jobs.find(conditions.length === 0 ? {} : { $and: conditions }, {
      sort: { created_at: -1, _id: -1 },
      limit,
      skip: offset,
      projection: WITHOUT_DETAILS,
    });
  }

  /** The newest job of the first pipeline after this name. */
  async nextPipeline(after: string, environment: string | undefined): Promise<JobDocument | null> {
    const [job] = await this.#jobs.find(
      { ...inEnvironment(environment), pipeline: { $gt: after } },
      {
        sort: { ...(environment !== undefined && { environment: 1 }), pipeline: 1, created_at: -1 },
        limit: 1,
        projection: WITHOUT_DETAILS,
      },
    );
    return job ?? null;
  }

  countJobs(pipeline: string, environment: string | undefined): Promise<number> {
    return this.#jobs.count({ ...inEnvironment(environment), pipeline: { $eq: pipeline } });
  }
}

const inEnvironment = (environment: string | undefined): Filter<JobDocument> =>
  environment === undefined ? {} : { environment: { $eq: environment } };
