import { Injectable } from '@nestjs/common';
import { pushing } from '../../../../platform/outbox/index.js';
import { toStoredKeys } from '../../../../platform/persistence/index.js';
import { DataReference, invalidFieldsError } from '../../../../protocol/index.js';
import { RetryableError, type ValidationFailedError } from '../../../../transport/errors/index.js';
import { JobsService } from '../../jobs.service.js';
import { readReferences, storedReferences } from '../../lineage-records.js';
import { DEFAULT_ENVIRONMENT } from '../../registry.constants.js';
import type { JobDocument, StepDocument } from '../../registry.documents.js';
import type { UpdateJobPayload } from '../../registry.dto.js';
import { AlreadyEndedError } from '../../registry.errors.js';
import { jobEvent } from '../../registry.events.js';
import { RegistryRepository } from '../../registry.repository.js';
import { announceStep, changesLineage } from '../../step.announcement.js';
import { StepReferences, type Side } from '../../step.references.js';
import { LineageWriter } from '../lineage.writer.js';
import { withinBounds } from './bounded.datasets.js';
import { byRun, complete, firstOf, hasData, staticJob, type RunEvents } from './events.by.run.js';
import { joinedFacets } from './joined.facets.js';
import { keptFacets } from './kept.facets.js';
import { newJob, newStep } from './new.documents.js';
import { MAX_INGEST_ATTEMPTS, OPENLINEAGE_HANDLER } from './openlineage.constants.js';
import { advancedBy, jobChange } from './run.changes.js';
import { merged, type ReadDataset, type ReadEvent, type ReadJob } from './read-event.js';

/**
 * Ingests OpenLineage events. A run becomes a step, and its parent run (or the root of its parents) the job. A run
 * without a parent becomes a job, and also a step of it once it has datasets. A job or dataset event becomes a step of
 * a job for that job or dataset.
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

  /**
   * Ingests events. Those of one run are merged into one change, so that the time for a long list is linear.
   */
  async take(
    events: readonly ReadEvent[],
    environment: string = DEFAULT_ENVIRONMENT,
  ): Promise<void> {
    const edges: Promise<void>[] = [];
    for (const [id, some] of byRun(events)) {
      const [first] = some;
      const written =
        first.runId === undefined
          ? await this.#takeStatic(id, some, environment)
          : await this.#takeRun(id, some, environment);
      // Awaited together at the end: in sequence, a thousand runs would take a minute.
      if (written) edges.push(this.lineage.settled(id));
    }
    await Promise.all(edges);
  }

  /** @returns whether its lineage has changed. */
  async #takeRun(runId: string, events: RunEvents, environment: string): Promise<boolean> {
    const job = firstOf(events, (event) => event.job);
    if (job === undefined) return false;
    const parent = firstOf(events, (event) => event.parent);
    const known = await this.repository.findStep(runId);
    if (known !== null && known.handler_type !== OPENLINEAGE_HANDLER) throw taken(runId);
    const jobId = known?.job_id ?? parent?.runId ?? runId;
    const ownJob = jobId === runId;
    const named = ownJob ? job : (parent?.job ?? job);
    const jobDocument = await this.#job(jobId, named, events[0], environment);
    if (ownJob) await this.#advanceJob(jobDocument, events);
    return known !== null || !ownJob || events.some(hasData)
      ? this.#step(runId, jobDocument, events, job)
      : false;
  }

  async #takeStatic(
    id: string,
    [first, ...others]: RunEvents,
    environment: string,
  ): Promise<boolean> {
    const events: RunEvents = [complete(first), ...others.map(complete)];
    const name = staticJob(first);
    const document = await this.#job(id, name, events[0], environment);
    await this.#advanceJob(document, events);
    return this.#step(id, document, events, name);
  }

  async #job(
    id: string,
    named: ReadJob,
    event: ReadEvent,
    environment: string,
  ): Promise<JobDocument> {
    const found = await this.repository.findJob(id);
    if (found !== null) return found;
    const job = newJob(id, named, event, environment);
    if (await this.repository.insertJob({ ...job, outbox: [jobEvent('created', job, id)] }))
      return job;
    return (await this.repository.findJob(id)) ?? job;
  }

  async #advanceJob(job: JobDocument, events: readonly ReadEvent[]): Promise<void> {
    const { _id: job_id, metadata } = job;
    if (metadata['openlineage'] === undefined) throw taken(job_id);
    let { status, started_at } = job;
    for (const event of events) {
      const change = jobChange({ status, started_at }, event);
      if (change === undefined) continue;
      await this.#updateJob({ job_id, ...change });
      status = change.status ?? status;
      started_at = change.started_at ?? started_at;
    }
  }

  async #updateJob(change: UpdateJobPayload): Promise<void> {
    try {
      await this.jobs.update(change, `openlineage:${change.job_id}`);
    } catch (failure) {
      // The first end is kept.
      if (!(failure instanceof AlreadyEndedError)) throw failure;
    }
  }

  /** @returns whether its lineage has changed. */
  async #step(
    id: string,
    job: JobDocument,
    events: RunEvents,
    { name }: ReadJob,
  ): Promise<boolean> {
    const said = joinedFacets(events);
    for (let attempt = 0; attempt < MAX_INGEST_ATTEMPTS; attempt++) {
      const before = (await this.repository.findStep(id)) ?? newStep(id, job, events[0], name);
      const { fields: times, turns } = advancedBy(before, events);
      const fields: Partial<StepDocument> = {
        ...times,
        facets: toStoredKeys(keptFacets(before.facets, said)),
        ...(await this.#united(before, 'inputs', events)),
        ...(await this.#united(before, 'outputs', events)),
      };
      const after = { ...before, ...fields };
      const entries = turns.flatMap((turn) =>
        announceStep({ ...before, ...turn.before }, { ...after, ...turn.after }, id),
      );
      if (await this.#write(before, after, fields, entries)) return changesLineage(entries);
    }
    throw new RetryableError(`Run ${id} is being changed by too many other requests`);
  }

  /** @returns false if another writer has changed it meanwhile. */
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

  /** Unites the stored references of one side with those of the events. */
  async #united(
    step: StepDocument,
    side: Side,
    events: RunEvents,
  ): Promise<Record<string, unknown>> {
    const added = events.flatMap((event) => event[side]);
    if (added.length === 0) return {};
    const known: ReadDataset[] = [];
    for await (const some of this.references.all(step, side)) known.push(...readReferences(some));
    const united = withinBounds(merged([...known, ...added])).map(
      ({ location, metadata }) => new DataReference({ ref_type: 'dataset', location, metadata }),
    );
    const fields = await this.references.fields(side, storedReferences(united));
    return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  }
}

const taken = (runId: string): ValidationFailedError =>
  invalidFieldsError([
    { field: 'run.runId', message: `is the id of a job or step that Commands have made: ${runId}` },
  ]);
