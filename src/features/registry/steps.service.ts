import { randomBytes } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { utcNow, type JsonObject, type Result } from '../../protocol/index.js';
import { RetryableError } from '../../transport/errors/index.js';
import { advance, advanceUnlessEnded, given, type Advanced, type Subject } from './lifecycle.js';
import {
  parseExecutions,
  parseReferences,
  readExecutions,
  readReferences,
  storedExecutions,
  storedReferences,
} from './lineage-records.js';
import { MAX_ERROR_TEXT_LENGTH } from './registry.constants.js';
import type { StepDocument, StepStatus } from './registry.documents.js';
import type { AddStepPayload, UpdateStepPayload } from './registry.dto.js';
import { AlreadyInRegistryError, NotInRegistryError } from './registry.errors.js';
import { RegistryRepository } from './registry.repository.js';

const STATUS_OF_RESULT = { success: 'success', error: 'failed', pending: 'running' } as const;

/** Steps: one Command's work within a job, what it read, wrote and ran. */
@Injectable()
export class StepsService {
  constructor(private readonly repository: RegistryRepository) {}

  /**
   * @param by The Command's correlation id: the same Command a second time gets the step it made.
   * @throws {NotInRegistryError} or {AlreadyInRegistryError}
   */
  async add(payload: AddStepPayload, by: string): Promise<JsonObject> {
    const { job_id, step_name, handler_type, action, metadata } = payload;
    const job = await this.repository.findJob(job_id);
    if (job === null) throw new NotInRegistryError('Job', job_id);
    const step: StepDocument = {
      _id: payload.step_id ?? `step-${randomBytes(6).toString('hex')}`,
      job_id,
      step_name,
      handler_type,
      action,
      status: 'pending',
      correlation_id: payload.correlation_id ?? null,
      inputs: [],
      outputs: [],
      executions: [],
      created_at: utcNow(),
      created_by: by,
      duration_ms: 0,
      error: null,
      metadata: metadata ?? {},
      environment: job.environment,
      logic_version: job.logic_version,
    };
    const { _id: id } = step;
    if (!(await this.repository.insertStep(step))) {
      const found = await this.repository.findStep(id);
      if (found?.created_by !== by) throw new AlreadyInRegistryError('Step', id);
    }
    return { step_id: id, job_id, step_name, status: 'pending' };
  }

  /** The step as Commands and HTTP show it, or null. */
  async get(id: string): Promise<JsonObject | null> {
    const step = await this.repository.findStep(id);
    return step === null ? null : full(step);
  }

  /** A job's steps by the time they started; those that have not come last, as they were added. */
  async ofJob(jobId: string): Promise<JsonObject> {
    const steps = await this.repository.stepsOf(jobId);
    const sorted = steps.toSorted(byStart);
    return { job_id: jobId, count: sorted.length, steps: sorted.map(listed) };
  }

  /** @throws {ValidationFailedError}, {NotInRegistryError} or {AlreadyEndedError} */
  update(payload: UpdateStepPayload, by: string): Promise<Advanced<StepDocument>> {
    const { step_id, status, started_at, completed_at, duration_ms, error } = payload;
    const { inputs, outputs, executions } = payload;
    const fields = given({
      duration_ms,
      error,
      inputs: inputs && storedReferences(parseReferences('inputs', inputs)),
      outputs: outputs && storedReferences(parseReferences('outputs', outputs)),
      executions: executions && storedExecutions(parseExecutions(executions)),
    });
    return advance(this.#subject(step_id), { status, started_at, completed_at, fields, by });
  }

  /**
   * What a Result says about its step. A step that has ended stays as it is, so a
   * duplicate or late Result changes nothing.
   *
   * @returns the step's status after it.
   * @throws {RetryableError} when there is no such step: the Result may have overtaken add_step.
   */
  async record(stepId: string, result: Result): Promise<StepStatus> {
    const { duration_ms, errors, inputs, outputs, executions, correlation_id } = result;
    const fields: Record<string, unknown> = {
      duration_ms,
      ...(result.status === 'error' && {
        error: errors.join('; ').slice(0, MAX_ERROR_TEXT_LENGTH),
      }),
      ...(inputs.length > 0 && { inputs: storedReferences(inputs) }),
      ...(outputs.length > 0 && { outputs: storedReferences(outputs) }),
      ...(executions.length > 0 && { executions: storedExecutions(executions) }),
    };
    const status = STATUS_OF_RESULT[result.status];
    const subject = this.#subject(stepId);
    const changed = await advanceUnlessEnded(subject, { status, fields, by: correlation_id });
    const step = changed ?? (await subject.find());
    if (step === null) throw new RetryableError(`Step not found: ${stepId}`);
    return step.status;
  }

  #subject(id: string): Subject<StepDocument> {
    return {
      what: 'Step',
      id,
      find: () => this.repository.findStep(id),
      change: (change, unlessEnded) => this.repository.changeStep(id, change, unlessEnded),
    };
  }
}

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
    input_count: step.inputs.length,
    output_count: step.outputs.length,
  };
}

function full(step: StepDocument): JsonObject {
  const { _id: step_id, job_id, step_name, handler_type, action, status } = step;
  return {
    step_id,
    job_id,
    step_name,
    handler_type,
    action,
    status,
    correlation_id: step.correlation_id,
    inputs: readReferences(step.inputs),
    outputs: readReferences(step.outputs),
    executions: readExecutions(step.executions),
    started_at: step.started_at ?? null,
    completed_at: step.completed_at ?? null,
    duration_ms: step.duration_ms,
    error: step.error,
    metadata: step.metadata,
  };
}

function byStart(a: StepDocument, b: StepDocument): number {
  if (a.started_at === b.started_at) return 0;
  if (a.started_at === undefined) return 1;
  if (b.started_at === undefined) return -1;
  return a.started_at < b.started_at ? -1 : 1;
}
