import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { parseWholeNumber, integerFault } from '../../common/whole-numbers.js';
import {
  IsCount,
  IsLabel,
  IsList,
  IsName,
  IsText,
  IsTime,
  MAX_EXECUTIONS,
  MAX_REFERENCES,
  type JsonObject,
} from '../../protocol/index.js';
import {
  JOB_STATUSES,
  MAX_CURSOR_LENGTH,
  MAX_ERROR_TEXT_LENGTH,
  MAX_JOBS_LIMIT,
  MAX_JOBS_OFFSET,
  MAX_PIPELINES,
  STEP_STATUSES,
} from './registry.constants.js';
import { NamesFirstMissing } from '../../messaging/index.js';
import type { JobStatus, StepStatus } from './registry.documents.js';
import { HasSafeKeys, IsFreeForm } from './registry.validators.js';

export const OneOf = (values: readonly string[]): PropertyDecorator =>
  IsIn(values, { message: `must be one of ${values.join(', ')}` });

/** Converts the texts of a query string; a Command's payload already has numbers. */
export const NumberInText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) => parseWholeNumber(value, 0) ?? value);

export const Between = (min: number, max: number): PropertyDecorator => {
  const given = { message: integerFault(min, max) };
  const rules = [Max(max, given), Min(min, given), IsInt(given)];
  return (target, key) => {
    for (const rule of rules) rule(target, key);
  };
};

/** A JSON boolean, or its text in a query string. */
export const IsFlag = (): PropertyDecorator =>
  IsIn([true, false, 'true', 'false'], { message: 'must be true or false' });

/** Payload of `create_job`. */
@NamesFirstMissing()
export class CreateJobPayload {
  @IsName() pipeline!: string;
  /** Default `dev`. */
  @IsOptional() @IsName() environment?: string | null;
  /** Default the environment. */
  @IsOptional() @IsName() namespace?: string | null;
  /** Default `unknown`. */
  @IsOptional() @IsName() logic_version?: string | null;
  /** Default {}. */
  @IsOptional() @IsFreeForm() request?: JsonObject | null;
  /** Default {}. */
  @IsOptional() @IsFreeForm() parameters?: JsonObject | null;
  @IsOptional() @IsLabel() dag_run_id?: string | null;
  /** Default `job-` and 12 hexadecimal digits. */
  @IsOptional() @IsName() job_id?: string | null;
  /** Default {}. */
  @IsOptional() @HasSafeKeys() @IsFreeForm() metadata?: JsonObject | null;
}

/** Payload of `get_job` and `get_job_steps`. */
@NamesFirstMissing()
export class JobIdPayload {
  @IsName() job_id!: string;
}

/** Payload of `update_job`; null and missing fields are left unchanged. */
@NamesFirstMissing()
export class UpdateJobPayload extends JobIdPayload {
  @IsOptional() @OneOf(JOB_STATUSES) status?: JobStatus | null;
  @IsOptional() @IsTime() started_at?: string | null;
  @IsOptional() @IsTime() completed_at?: string | null;
  @IsOptional() @IsText(MAX_ERROR_TEXT_LENGTH) error?: string | null;
  /** Merged into the existing metadata, key by key. */
  @IsOptional() @HasSafeKeys() @IsFreeForm() metadata?: JsonObject | null;
}

/** Payload of `query_jobs`, and the query of `GET /api/jobs`. */
export class QueryJobsPayload {
  @IsOptional() @IsName() pipeline?: string | null;
  @IsOptional() @IsName() environment?: string | null;
  @IsOptional() @IsName() namespace?: string | null;
  @IsOptional() @OneOf(JOB_STATUSES) status?: JobStatus | null;
  @IsOptional() @IsName() logic_version?: string | null;
  /** At or after this time. */
  @IsOptional() @IsTime() created_after?: string | null;
  /** At or before this time. */
  @IsOptional() @IsTime() created_before?: string | null;
  /** Default 100. */
  @NumberInText() @IsOptional() @Between(1, MAX_JOBS_LIMIT) limit?: number | null;
  /** Default 0. */
  @NumberInText() @IsOptional() @Between(0, MAX_JOBS_OFFSET) offset?: number | null;
  /**
   * For paging to any depth: empty for the first page, then the `next_cursor` of the previous answer. Answers have one
   * only if the request had a cursor.
   */
  @IsOptional() @IsText(MAX_CURSOR_LENGTH) cursor?: string | null;
}

/** Payload of `list_pipelines`, and the query of `GET /api/pipelines`. */
export class ListPipelinesPayload {
  @IsOptional() @IsName() environment?: string | null;
  /** Pipelines after this one by name; for the next page. */
  @IsOptional() @IsName() after?: string | null;
  /** Default 100. */
  @NumberInText() @IsOptional() @Between(1, MAX_PIPELINES) limit?: number | null;
}

/** Payload of `cancel_job`. */
@NamesFirstMissing()
export class CancelJobPayload extends JobIdPayload {
  /** Kept as the job's error. */
  @IsOptional() @IsText(MAX_ERROR_TEXT_LENGTH) reason?: string | null;
}

/** Payload of `add_step`. */
@NamesFirstMissing()
export class AddStepPayload {
  @IsName() job_id!: string;
  @IsName() step_name!: string;
  @IsName() handler_type!: string;
  @IsName() action!: string;
  @IsOptional() @IsName() correlation_id?: string | null;
  /** Default `step-` and 12 hexadecimal digits. */
  @IsOptional() @IsName() step_id?: string | null;
  /** Default {}. */
  @IsOptional() @HasSafeKeys() @IsFreeForm() metadata?: JsonObject | null;
}

/** Payload of `get_step` and `retry_step`. */
@NamesFirstMissing()
export class StepIdPayload {
  @IsName() step_id!: string;
}

/** Payload of `update_step`; null and missing fields are left unchanged. */
@NamesFirstMissing()
export class UpdateStepPayload extends StepIdPayload {
  @IsOptional() @OneOf(STEP_STATUSES) status?: StepStatus | null;
  @IsOptional() @IsTime() started_at?: string | null;
  @IsOptional() @IsTime() completed_at?: string | null;
  @IsOptional() @IsCount() duration_ms?: number | null;
  /** DataReferences, which replace the existing ones. */
  @IsOptional() @IsList(MAX_REFERENCES) inputs?: unknown[] | null;
  @IsOptional() @IsList(MAX_REFERENCES) outputs?: unknown[] | null;
  /** ExecutionRecords, which replace the existing ones. */
  @IsOptional() @IsList(MAX_EXECUTIONS) executions?: unknown[] | null;
  @IsOptional() @IsText(MAX_ERROR_TEXT_LENGTH) error?: string | null;
}
