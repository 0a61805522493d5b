import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import type { OutboxEntry } from '../../platform/outbox/index.js';
import { fromStoredKeys } from '../../platform/persistence/index.js';
import { utcNow, type JsonObject } from '../../protocol/index.js';
import { advance, given, isTerminal } from './lifecycle.js';
import {
  parseExecutions,
  parseReferences,
  readExecutions,
  readReferences,
  storedExecutions,
  storedReferences,
} from './lineage-records.js';
import { LineageWriter } from './lineage/lineage.writer.js';
import type { StepDocument } from './registry.documents.js';
import type { AddStepPayload, UpdateStepPayload } from './registry.dto.js';
import {
  AlreadyEndedError,
  AlreadyInRegistryError,
  NotInRegistryError,
  NotRetryableStepError,
} from './registry.errors.js';
import { inputCount, outputCount, stepEvent } from './registry.events.js';
import { RegistryRepository } from './registry.repository.js';
import { announceStep, changesLineage } from './step.announcement.js';
import { StepReferences, type Side } from './step.references.js';

/** Steps: one Command's work within a job, with its inputs, outputs and executions. */
@Injectable()
export class StepsService {
  constructor(
    private readonly repository: RegistryRepository,
    private readonly references: StepReferences,
    private readonly lineage: LineageWriter,
  ) {}

  /**
   * @param by The Command's correlation id: the same Command a second time gets the step it made.
   * @throws {NotInRegistryError} or {AlreadyInRegistryError}
   */
  async add(payload: AddStepPayload, by: string): Promise<JsonObject> {
    const { job_id, correlation_id } = payload;
    const job = await this.repository.findJob(job_id);
    if (job === null) throw new NotInRegistryError('Job', job_id);
    const { environment, logic_version, pipeline } = job;
    const { step_name, handler_type, action, metadata } = payload;
    return this.#insert(
      {
        _id: payload.step_id ?? newStepId(),
        job_id,
        step_name,
        handler_type,
        action,
        correlation_id: correlation_id ?? by,
        correlation_named: typeof correlation_id === 'string',
        metadata: metadata ?? {},
        environment,
        logic_version,
        pipeline,
      },
      by,
    );
  }

  /**
   * Adds a copy of a failed or skipped step; the caller sends its Command again with the new step's id.
   *
   * @param by The Command's correlation id: the same Command a second time gets the step it made.
   * @throws {NotInRegistryError}, {NotRetryableStepError} or {AlreadyEndedError} when its job has ended.
   */
  async retry(stepId: string, by: string): Promise<JsonObject> {
    const failed = await this.repository.findStep(stepId);
    if (failed === null) throw new NotInRegistryError('Step', stepId);
    if (failed.status !== 'failed' && failed.status !== 'skipped') {
      throw new NotRetryableStepError(stepId, failed.status);
    }
    const { job_id, step_name, handler_type, action, metadata, environment, logic_version } =
      failed;
    const job = await this.repository.findJob(job_id);
    if (job === null) throw new NotInRegistryError('Job', job_id);
    if (isTerminal(job.status)) throw new AlreadyEndedError('Job', job.status, job_id);
    const made = await this.#insert(
      {
        _id: `${stepId.slice(0, 200)}-retry-${by.slice(0, 40)}`,
        job_id,
        step_name,
        handler_type,
        action,
        correlation_id: by,
        metadata: { ...metadata, retry_of: stepId },
        environment,
        logic_version,
        pipeline: job.pipeline,
      },
      by,
    );
    return { ...made, retry_of: stepId };
  }

  /** The step as Commands and HTTP return it, or null. */
  async get(id: string): Promise<JsonObject | null> {
    const step = await this.repository.findStep(id);
    if (step === null) return null;
    return full(step, await this.#all(step, 'inputs'), await this.#all(step, 'outputs'));
  }

  /** A job's steps by start time; steps that have not started come last, in order of creation. */
  async ofJob(jobId: string): Promise<JsonObject> {
    const steps = await this.repository.stepsOf(jobId);
    const sorted = steps.toSorted(byStart);
    return { job_id: jobId, count: sorted.length, steps: sorted.map(listed) };
  }

  /** @throws {ValidationFailedError}, {NotInRegistryError} or {AlreadyEndedError} */
  async update(payload: UpdateStepPayload, by: string): Promise<StepDocument> {
    const { step_id: id, status, started_at, completed_at, duration_ms, error } = payload;
    const { inputs, outputs, executions } = payload;
    const read = inputs && storedReferences(parseReferences('inputs', inputs));
    const written = outputs && storedReferences(parseReferences('outputs', outputs));
    const ran = executions && storedExecutions(parseExecutions(executions));
    let announced: OutboxEntry[] = [];
    const step = await advance(
      {
        what: 'Step',
        id,
        find: () => this.repository.findStep(id),
        change: (change, unlessEnded) => this.repository.changeStep(id, change, unlessEnded),
        announce: (before, after) => (announced = announceStep(before, after, by)),
      },
      {
        status,
        started_at,
        completed_at,
        fields: {
          ...given({ duration_ms, error, executions: ran }),
          ...(read && (await this.references.fields('inputs', read))),
          ...(written && (await this.references.fields('outputs', written))),
        },
        by,
      },
    );
    if (changesLineage(announced)) await this.lineage.settled(id);
    return step;
  }

  async #insert(
    made: Pick<
      StepDocument,
      | '_id'
      | 'job_id'
      | 'step_name'
      | 'handler_type'
      | 'action'
      | 'correlation_id'
      | 'metadata'
      | 'environment'
      | 'logic_version'
    > &
      Partial<StepDocument>,
    by: string,
  ): Promise<JsonObject> {
    const step: StepDocument = {
      ...made,
      status: 'pending',
      inputs: [],
      outputs: [],
      executions: [],
      created_at: utcNow(),
      created_by: by,
      duration_ms: 0,
      error: null,
    };
    const { _id: id, job_id, step_name } = step;
    if (!(await this.repository.insertStep({ ...step, outbox: [stepEvent('added', step, by)] }))) {
      const found = await this.repository.findStep(id);
      if (found?.created_by !== by) throw new AlreadyInRegistryError('Step', id);
    }
    return { step_id: id, job_id, step_name, status: 'pending' };
  }

  async #all(step: StepDocument, side: Side): Promise<object[]> {
    const all: object[] = [];
    for await (const some of this.references.all(step, side)) all.push(...readReferences(some));
    return all;
  }
}

const newStepId = (): string => `step-${randomBytes(6).toString('hex')}`;

function listed(step: StepDocument): JsonObject {
  const { _id: step_id, step_name, handler_type, action, status, duration_ms } = step;
  return {
    step_id,
    step_name,
    handler_type,
    action,
    status,
    started_at: step.started_at ?? null,
    completed_at: step.completed_at ?? null,
    duration_ms,
    input_count: inputCount(step),
    output_count: outputCount(step),
  };
}

function full(step: StepDocument, inputs: object[], outputs: object[]): JsonObject {
  const { _id: step_id, job_id, step_name, handler_type, action, status } = step;
  return {
    step_id,
    job_id,
    step_name,
    handler_type,
    action,
    status,
    correlation_id: step.correlation_id,
    inputs,
    outputs,
    executions: readExecutions(step.executions),
    started_at: step.started_at ?? null,
    completed_at: step.completed_at ?? null,
    duration_ms: step.duration_ms,
    error: step.error,
    metadata: step.metadata,
    ...(step.facets && { facets: fromStoredKeys(step.facets) }),
  };
}

function byStart(a: StepDocument, b: StepDocument): number {
  if (a.started_at === b.started_at) return 0;
  if (a.started_at === undefined) return 1;
  if (b.started_at === undefined) return -1;
  return a.started_at < b.started_at ? -1 : 1;
}
