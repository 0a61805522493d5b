import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { normalizeTime, utcNow, type JsonObject } from '../../protocol/index.js';
import { decodeCursor, encodeCursor } from '../../protocol/list-cursor.js';
import { advance, given, mergedMetadata } from './lifecycle.js';
import {
  DEFAULT_ENVIRONMENT,
  DEFAULT_JOBS_LIMIT,
  DEFAULT_LOGIC_VERSION,
  MAX_PIPELINES,
} from './registry.constants.js';
import type { JobDocument } from './registry.documents.js';
import type {
  CreateJobPayload,
  ListPipelinesPayload,
  QueryJobsPayload,
  UpdateJobPayload,
} from './registry.dto.js';
import { AlreadyInRegistryError } from './registry.errors.js';
import { happened, jobEvent } from './registry.events.js';
import { JobLists } from './job.lists.js';
import { RegistryRepository } from './registry.repository.js';
import { fromStoredKeys, toStoredKeys } from '../../platform/persistence/index.js';

/** Jobs: a pipeline's requests and their progress. */
@Injectable()
export class JobsService {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly lists: JobLists,
  ) {}

  /**
   * @param by The Command's correlation id: a repeated Command gets the job it created before.
   * @throws {AlreadyInRegistryError}
   */
  async create(payload: CreateJobPayload, by: string): Promise<JsonObject> {
    const environment = payload.environment ?? DEFAULT_ENVIRONMENT;
    const job: JobDocument = {
      _id: payload.job_id ?? `job-${randomBytes(6).toString('hex')}`,
      pipeline: payload.pipeline,
      environment,
      namespace: payload.namespace ?? environment,
      status: 'pending',
      logic_version: payload.logic_version ?? DEFAULT_LOGIC_VERSION,
      request: toStoredKeys(payload.request ?? {}),
      parameters: toStoredKeys(payload.parameters ?? {}),
      dag_run_id: payload.dag_run_id ?? null,
      created_at: utcNow(),
      created_by: by,
      error: null,
      metadata: payload.metadata ?? {},
    };
    const announced = { ...job, outbox: [jobEvent('created', job, by)] };
    if (await this.repository.insertJob(announced)) return created(job);
    const { _id: id } = job;
    const found = await this.repository.findJob(id);
    if (found?.created_by !== by) throw new AlreadyInRegistryError('Job', id);
    return created({ ...found, status: 'pending' });
  }

  /** The job as Commands and HTTP return it, or null. */
  async get(id: string): Promise<JsonObject | null> {
    const job = await this.repository.findJob(id);
    return job === null ? null : full(job);
  }

  /** @throws {NotInRegistryError} or {AlreadyEndedError} */
  update(payload: UpdateJobPayload, by: string): Promise<JobDocument> {
    const { job_id: id, status, started_at, completed_at, error, metadata } = payload;
    const fields = { ...given({ error }), ...mergedMetadata(metadata) };
    return advance(
      {
        what: 'Job',
        id,
        find: () => this.repository.findJob(id),
        change: (change, unlessEnded) => this.repository.changeJob(id, change, unlessEnded),
        announce: (before, after) => [jobEvent(happened(before, status ?? undefined), after, by)],
      },
      { status, started_at, completed_at, fields, by },
    );
  }

  async query(payload: QueryJobsPayload): Promise<JsonObject> {
    const { pipeline, environment, namespace, status, logic_version } = payload;
    const createdAfter = normalizeTime(payload.created_after ?? '');
    const createdBefore = normalizeTime(payload.created_before ?? '');
    const { cursor } = payload;
    const after = cursor ? decodeCursor(cursor) : undefined;
    const limit = payload.limit ?? DEFAULT_JOBS_LIMIT;
    const jobs = await this.lists.queryJobs({
      equal: given({ pipeline, environment, namespace, status, logic_version }),
      ...(createdAfter === undefined ? {} : { createdAfter }),
      ...(createdBefore === undefined ? {} : { createdBefore }),
      ...(after === undefined ? {} : { after }),
      limit,
      offset: payload.offset ?? 0,
    });
    const last = jobs.length < limit ? undefined : jobs.at(-1);
    return {
      count: jobs.length,
      jobs: jobs.map(listed),
      ...(typeof cursor === 'string' && { next_cursor: last ? encodeCursor(last) : null }),
    };
  }

  /** All pipelines by name, each with its newest job. */
  async pipelines({ environment, after, limit }: ListPipelinesPayload): Promise<JsonObject> {
    const pipelines: JsonObject[] = [];
    let name = after ?? '';
    const most = limit ?? MAX_PIPELINES;
    while (pipelines.length < most) {
      const job = await this.lists.nextPipeline(name, environment ?? undefined);
      if (job === null) break;
      name = job.pipeline;
      const jobs = await this.lists.countJobs(name, environment ?? undefined);
      pipelines.push({ pipeline: name, jobs, last_job: listed(job) });
    }
    return { count: pipelines.length, pipelines };
  }
}

const identified = ({ _id: job_id, pipeline, environment, namespace, status }: JobDocument) => ({
  job_id,
  pipeline,
  environment,
  namespace,
  status,
});

function created(job: JobDocument): JsonObject {
  return { ...identified(job), created_at: job.created_at };
}

function listed(job: JobDocument): JsonObject {
  return {
    ...identified(job),
    logic_version: job.logic_version,
    created_at: job.created_at,
    completed_at: job.completed_at ?? null,
  };
}

function full(job: JobDocument): JsonObject {
  return {
    ...identified(job),
    logic_version: job.logic_version,
    request: fromStoredKeys(job.request),
    parameters: fromStoredKeys(job.parameters),
    dag_run_id: job.dag_run_id,
    created_at: job.created_at,
    started_at: job.started_at ?? null,
    completed_at: job.completed_at ?? null,
    error: job.error,
    metadata: job.metadata,
  };
}
