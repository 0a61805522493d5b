import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { pushing } from '../../../../platform/outbox/index.js';
import { toStoredKeys } from '../../../../platform/persistence/index.js';
import { DataReference, invalidFieldsError, type JsonObject } from '../../../../protocol/index.js';
import { RetryableError, type ValidationFailedError } from '../../../../transport/errors/index.js';
import { JobsService } from '../../jobs.service.js';
import { isTerminal } from '../../lifecycle.js';
import { readReferences, storedReferences } from '../../lineage-records.js';
import { DEFAULT_ENVIRONMENT, DEFAULT_LOGIC_VERSION } from '../../registry.constants.js';
import type { JobDocument, StepDocument, StepStatus } from '../../registry.documents.js';
import { AlreadyEndedError } from '../../registry.errors.js';
import { jobEvent } from '../../registry.events.js';
import { RegistryRepository } from '../../registry.repository.js';
import { announceStep, changesLineage } from '../../step.announcement.js';
import { StepReferences, type Side } from '../../step.references.js';
import { LineageWriter } from '../lineage.writer.js';
import { keptFacets } from './kept.facets.js';
import { MAX_INGEST_ATTEMPTS, OPENLINEAGE_HANDLER, PRODUCER } from './openlineage.constants.js';
import { merged, type ReadDataset, type ReadEvent, type ReadJob } from './read-event.js';

const STATUSES: Readonly<Record<string, StepStatus>> = {
  START: 'running',
  RUNNING: 'running',
  COMPLETE: 'success',
  FAIL: 'failed',
  ABORT: 'failed',
};

/**
 * Takes OpenLineage events in. A run is a step; the run that is its parent (or the root of its
 * parents) is the job; a run without a parent is a job, and a step of it once it has datasets. A
 * job or dataset event is a step of a job that stands for the job or dataset.
 *
 * Events add to what is there: inputs, outputs and facets are united, the first end stays, so that
 * events in any order, repeated or alone, come to the same.
 */
@Injectable()
export class OpenLineageIngest {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly jobs: JobsService,
    private readonly references: StepReferences,
    private readonly lineage: LineageWriter,
  ) {}

  async take(event: ReadEvent, environment: string = DEFAULT_ENVIRONMENT): Promise<void> {
    // Ours are in the registry already.
    if (event.producer === PRODUCER) return;
    if (event.runId === undefined) return this.#takeStatic(event, environment);
    const { runId, parent, job } = event;
    if (job === undefined) return;
    const known = await this.repository.findStep(runId);
    if (known !== null && known.handler_type !== OPENLINEAGE_HANDLER) throw taken(runId);
    const jobId = known?.job_id ?? parent?.runId ?? runId;
    const ownJob = jobId === runId;
    const jobDocument = await this.#job(
      jobId,
      ownJob ? job : (parent?.job ?? job),
      event,
      environment,
    );
    if (ownJob) await this.#advanceJob(jobDocument, event);
    const hasData = event.inputs.length + event.outputs.length > 0;
    if (known !== null || !ownJob || hasData) await this.#step(runId, jobDocument, event, job);
  }

  async #takeStatic(event: ReadEvent, environment: string): Promise<void> {
    const { job, inputs, outputs } = event;
    if (inputs.length + outputs.length === 0) return;
    if (job === undefined && inputs.length === 0) return;
    const name: ReadJob = job ?? {
      namespace: 'dataset',
      name: outputs[0]?.location.slice(-256) ?? '',
    };
    const id = `openlineage-${hashOf([name.namespace, name.name])}`;
    const complete = { ...event, eventType: 'COMPLETE' };
    const document = await this.#job(id, name, complete, environment);
    await this.#advanceJob(document, complete);
    await this.#step(id, document, complete, name);
  }

  async #job(
    id: string,
    { namespace, name }: ReadJob,
    event: ReadEvent,
    environment: string,
  ): Promise<JobDocument> {
    const found = await this.repository.findJob(id);
    if (found !== null) return found;
    const job: JobDocument = {
      _id: id,
      pipeline: name,
      environment,
      namespace,
      status: 'running',
      logic_version: logicVersion(event),
      request: {},
      parameters: {},
      dag_run_id: null,
      created_at: event.eventTime,
      created_by: id,
      error: null,
      metadata: { openlineage: { producer: event.producer } },
    };
    if (await this.repository.insertJob({ ...job, outbox: [jobEvent('created', job, id)] }))
      return job;
    return (await this.repository.findJob(id)) ?? job;
  }

  async #advanceJob(
    job: JobDocument,
    { eventType = '', eventTime, error }: ReadEvent,
  ): Promise<void> {
    const { _id: job_id, started_at, metadata } = job;
    if (metadata['openlineage'] === undefined) throw taken(job_id);
    const step = STATUSES[eventType];
    if (step === undefined) return;
    const began = step === 'running' && (started_at === undefined || eventTime < started_at);
    const status = eventType === 'ABORT' || step === 'skipped' ? 'cancelled' : step;
    const by = `openlineage:${job_id}`;
    try {
      if (!isTerminal(job.status)) {
        await this.jobs.update(
          {
            job_id,
            status,
            started_at: began ? eventTime : null,
            completed_at: isTerminal(status) ? eventTime : null,
            error: status === 'failed' ? (error ?? 'Failed') : null,
          },
          by,
        );
      } else if (began) await this.jobs.update({ job_id, started_at: eventTime }, by);
    } catch (failure) {
      // An end that came first stays.
      if (!(failure instanceof AlreadyEndedError)) throw failure;
    }
  }

  async #step(
    id: string,
    job: JobDocument,
    event: ReadEvent,
    { namespace, name }: ReadJob,
  ): Promise<void> {
    for (let attempt = 0; attempt < MAX_INGEST_ATTEMPTS; attempt++) {
      const before = (await this.repository.findStep(id)) ?? newStep(id, job, event, name);
      const facets = keptFacets(before.facets, {
        run: event.runFacets,
        job: event.jobFacets,
        producer: event.producer,
        namespace,
        name,
      });
      const fields: Partial<StepDocument> = {
        ...advanced(before, event),
        facets: toStoredKeys(facets),
        ...(await this.#united(before, 'inputs', event.inputs)),
        ...(await this.#united(before, 'outputs', event.outputs)),
      };
      const after = { ...before, ...fields };
      const entries = announceStep(before, after, id);
      if (await this.#write(before, after, fields, entries)) {
        if (changesLineage(entries)) await this.lineage.settled(id);
        return;
      }
    }
    throw new RetryableError(`Run ${id} is being changed by too many others`);
  }

  /** @returns false when somebody else has changed it meanwhile. */
  async #write(
    before: StepDocument,
    after: StepDocument,
    fields: Partial<StepDocument>,
    entries: ReturnType<typeof announceStep>,
  ): Promise<boolean> {
    const { _id: id, revision } = before;
    if (revision === undefined) {
      return this.repository.insertStep({ ...after, revision: 1, outbox: entries });
    }
    return this.repository.reviseStep(id, revision, {
      $set: { ...fields, revision: revision + 1 },
      ...pushing(...entries),
    });
  }

  /** The references of one side with those of the event. */
  async #united(
    step: StepDocument,
    side: Side,
    datasets: readonly ReadDataset[],
  ): Promise<Record<string, unknown>> {
    if (datasets.length === 0) return {};
    const known: ReadDataset[] = [];
    for await (const some of this.references.all(step, side)) known.push(...readReferences(some));
    const united = merged([...known, ...datasets]).map(
      ({ location, metadata }) =>
        new DataReference({ ref_type: 'dataset', location, metadata: bounded(metadata) }),
    );
    const fields = await this.references.fields(side, storedReferences(united));
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  }
}

function newStep(id: string, job: JobDocument, event: ReadEvent, name: string): StepDocument {
  const { _id: job_id, environment, pipeline } = job;
  return {
    _id: id,
    job_id,
    step_name: name,
    handler_type: OPENLINEAGE_HANDLER,
    action: 'run',
    status: 'pending',
    correlation_id: id,
    inputs: [],
    outputs: [],
    executions: executionsOf(event),
    created_at: event.eventTime,
    created_by: id,
    duration_ms: 0,
    error: null,
    metadata: {},
    environment,
    logic_version: logicVersion(event),
    pipeline,
  };
}

/** Status and times after an event. The first end stays; the earliest start counts. */
function advanced(
  step: StepDocument,
  { eventType = '', eventTime, error }: ReadEvent,
): Partial<StepDocument> {
  const status = STATUSES[eventType];
  const began =
    eventType === 'START' && (step.started_at === undefined || eventTime < step.started_at);
  const started_at = began ? eventTime : step.started_at;
  const ends = status !== undefined && isTerminal(status) && !isTerminal(step.status);
  const completed_at = ends ? eventTime : step.completed_at;
  return {
    ...(status !== undefined && !isTerminal(step.status) && { status }),
    ...(started_at !== undefined && { started_at }),
    ...(completed_at !== undefined && { completed_at }),
    ...(ends && { completed_by: step.created_by }),
    ...(ends &&
      status === 'failed' && {
        error: eventType === 'ABORT' ? (error ?? 'Aborted') : (error ?? 'Failed'),
      }),
    ...(started_at !== undefined &&
      completed_at !== undefined && {
        duration_ms: Math.max(0, Date.parse(completed_at) - Date.parse(started_at)),
      }),
  };
}

/** https://openlineage.io/spec/facets/1-1-0/SQLJobFacet.json */
function executionsOf({ jobFacets }: ReadEvent): StepDocument['executions'] {
  const { sql } = jobFacets;
  const query: unknown =
    typeof sql === 'object' && sql !== null && 'query' in sql ? sql.query : undefined;
  if (typeof query !== 'string') return [];
  return [{ execution_type: 'sql', details: { statements: [query] } }];
}

function logicVersion({ jobFacets }: ReadEvent): string {
  const { sourceCodeLocation: location } = jobFacets;
  const version: unknown =
    typeof location === 'object' && location !== null && 'version' in location
      ? location.version
      : undefined;
  return typeof version === 'string' && version !== ''
    ? version.slice(0, 256)
    : DEFAULT_LOGIC_VERSION;
}

const bounded = ({ facets, ...metadata }: JsonObject): JsonObject => ({
  ...metadata,
  ...(facets !== undefined && { facets: keptFacets(undefined, facets as JsonObject) }),
});

const taken = (runId: string): ValidationFailedError =>
  invalidFieldsError([
    { field: 'run.runId', message: `is the id of a job or step that Commands have made: ${runId}` },
  ]);

const hashOf = (parts: readonly string[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
