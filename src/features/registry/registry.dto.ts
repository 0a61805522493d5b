import { Transform } from 'class-transformer';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import {
  IsCount,
  IsLabel,
  IsList,
  IsName,
  IsText,
  IsTime,
  MAX_EXECUTIONS,
  MAX_LOCATION_LENGTH,
  MAX_REFERENCES,
  type JsonObject,
} from '../../protocol/index.js';
import {
  JOB_STATUSES,
  LINEAGE_DIRECTIONS,
  MAX_ERROR_TEXT_LENGTH,
  MAX_JOBS_LIMIT,
  MAX_JOBS_OFFSET,
  MAX_LINEAGE_DEPTH,
  STEP_STATUSES,
} from './registry.constants.js';
import type { JobStatus, LineageDirection, StepStatus } from './registry.documents.js';
import { HasSafeKeys, IsFreeForm } from './registry.validators.js';

const OneOf = (values: readonly string[]): PropertyDecorator =>
  IsIn(values, { message: `must be one of ${values.join(', ')}` });

/** A query string holds texts; a Command's payload holds numbers already. */
const NumberInText = (): PropertyDecorator =>
  Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value,
  );

const Between = (min: number, max: number): PropertyDecorator => {
  const given = { message: `must be an integer from ${min} to ${max}` };
  const rules = [Max(max, given), Min(min, given), IsInt(given)];
  return (target, key) => {
    for (const rule of rules) rule(target, key);
  };
};

/** Payload of `create_job`. */
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
export class JobIdPayload {
  @IsName() job_id!: string;
}

/** Payload of `update_job`; what is null or not there stays as it is. */
export class UpdateJobPayload extends JobIdPayload {
  @IsOptional() @OneOf(JOB_STATUSES) status?: JobStatus | null;
  @IsOptional() @IsTime() started_at?: string | null;
  @IsOptional() @IsTime() completed_at?: string | null;
  @IsOptional() @IsText(MAX_ERROR_TEXT_LENGTH) error?: string | null;
  /** Merged into what is there, key by key. */
  @IsOptional() @HasSafeKeys() @IsFreeForm() metadata?: JsonObject | null;
}

/** Payload of `query_jobs`, and the query of `GET /api/jobs`. */
export class QueryJobsPayload {
  @IsOptional() @IsName() pipeline?: string | null;
  @IsOptional() @IsName() environment?: string | null;
  @IsOptional() @IsName() namespace?: string | null;
  @IsOptional() @OneOf(JOB_STATUSES) status?: JobStatus | null;
  @IsOptional() @IsName() logic_version?: string | null;
  /** This moment or later. */
  @IsOptional() @IsTime() created_after?: string | null;
  /** This moment or earlier. */
  @IsOptional() @IsTime() created_before?: string | null;
  /** Default 100. */
  @NumberInText() @IsOptional() @Between(1, MAX_JOBS_LIMIT) limit?: number | null;
  /** Default 0. */
  @NumberInText() @IsOptional() @Between(0, MAX_JOBS_OFFSET) offset?: number | null;
}

/** Payload of `add_step`. */
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

/** Payload of `get_step`. */
export class StepIdPayload {
  @IsName() step_id!: string;
}

/** Payload of `update_step`; what is null or not there stays as it is. */
export class UpdateStepPayload extends StepIdPayload {
  @IsOptional() @OneOf(STEP_STATUSES) status?: StepStatus | null;
  @IsOptional() @IsTime() started_at?: string | null;
  @IsOptional() @IsTime() completed_at?: string | null;
  @IsOptional() @IsCount() duration_ms?: number | null;
  /** DataReferences, in place of those there are. */
  @IsOptional() @IsList(MAX_REFERENCES) inputs?: unknown[] | null;
  @IsOptional() @IsList(MAX_REFERENCES) outputs?: unknown[] | null;
  /** ExecutionRecords, in place of those there are. */
  @IsOptional() @IsList(MAX_EXECUTIONS) executions?: unknown[] | null;
  @IsOptional() @IsText(MAX_ERROR_TEXT_LENGTH) error?: string | null;
}

/** Payload of `get_lineage`, and the query of `GET /api/lineage`. */
export class GetLineagePayload {
  @IsName(MAX_LOCATION_LENGTH) location!: string;
  /** Default `both`. */
  @IsOptional() @OneOf(LINEAGE_DIRECTIONS) direction?: LineageDirection | null;
  /** Default: every one. */
  @IsOptional() @IsName() environment?: string | null;
  /** Default 1. */
  @NumberInText() @IsOptional() @Between(1, MAX_LINEAGE_DEPTH) depth?: number | null;
}
