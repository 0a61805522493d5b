import { Type } from 'class-transformer';
import { IsIn, MaxLength, IsString, ValidateNested } from 'class-validator';
import { DataReference, dataReferenceShape } from './data-reference.js';
import {
  IsCount,
  IsJsonObject,
  IsLabel,
  IsList,
  IsName,
  IsNullable,
  IsTime,
} from './decorators.js';
import { ExecutionRecord, executionRecordShape } from './execution-record.js';
import type { JsonObject } from './json.js';
import { parse, type Shape } from './parse.js';
import {
  MAX_ERRORS,
  MAX_ERROR_LENGTH,
  MAX_EXECUTIONS,
  MAX_REFERENCES,
} from './protocol.constants.js';
import { utcNow } from './time.js';

export const RESULT_STATUSES = ['success', 'error', 'pending'] as const;
export type ResultStatus = (typeof RESULT_STATUSES)[number];

export interface ResultInit {
  status: ResultStatus;
  correlation_id: string;
  /** Default null. */
  data?: JsonObject | null;
  /** Default []. */
  errors?: string[];
  /** Default null. */
  job_id?: string | null;
  /** Default null. */
  step_id?: string | null;
  /** Default 0. */
  duration_ms?: number;
  /** Default now. */
  timestamp?: string;
  /** The type of the Command. Default null. */
  handler?: string | null;
  /** Default []. */
  inputs?: DataReference[];
  /** Default []. */
  outputs?: DataReference[];
  /** Default []. */
  executions?: ExecutionRecord[];
}

const forEach = { each: true } as const;

/**
 * The answer to a Command, with the lineage of its work.
 *
 * @example
 * Result.success({ correlation_id, data: { etag }, outputs: [reference] });
 */
export class Result {
  @IsIn(RESULT_STATUSES, { message: `must be one of ${RESULT_STATUSES.join(', ')}` })
  status: ResultStatus;
  @IsNullable() @IsJsonObject() data: JsonObject | null;
  @IsList(MAX_ERRORS)
  @IsString({ ...forEach, message: 'must be a list of strings' })
  @MaxLength(MAX_ERROR_LENGTH, {
    ...forEach,
    message: `must have entries of at most ${MAX_ERROR_LENGTH} characters`,
  })
  errors: string[];
  @IsName() correlation_id: string;
  @IsNullable() @IsLabel() job_id: string | null;
  @IsNullable() @IsLabel() step_id: string | null;
  @IsCount() duration_ms: number;
  @IsTime() timestamp: string;
  @IsNullable() @IsLabel() handler: string | null;
  @ValidateNested(forEach)
  @Type(() => DataReference)
  @IsList(MAX_REFERENCES)
  inputs: DataReference[];
  @ValidateNested(forEach)
  @Type(() => DataReference)
  @IsList(MAX_REFERENCES)
  outputs: DataReference[];
  @ValidateNested(forEach)
  @Type(() => ExecutionRecord)
  @IsList(MAX_EXECUTIONS)
  executions: ExecutionRecord[];

  constructor(init: ResultInit) {
    this.status = init?.status;
    this.data = init?.data ?? null;
    this.errors = init?.errors === undefined ? [] : init.errors;
    this.correlation_id = init?.correlation_id;
    this.job_id = init?.job_id ?? null;
    this.step_id = init?.step_id ?? null;
    this.duration_ms = init?.duration_ms === undefined ? 0 : init.duration_ms;
    this.timestamp = init?.timestamp === undefined ? utcNow() : init.timestamp;
    this.handler = init?.handler ?? null;
    this.inputs = init?.inputs === undefined ? [] : init.inputs;
    this.outputs = init?.outputs === undefined ? [] : init.outputs;
    this.executions = init?.executions === undefined ? [] : init.executions;
  }

  static success(init: Omit<ResultInit, 'status' | 'errors'>): Result {
    return new Result({ ...init, status: 'success' });
  }

  /** @example Result.error({ correlation_id, errors: ['Unsupported action: fly'] }) */
  static error(init: Omit<ResultInit, 'status' | 'errors'> & { errors: string[] }): Result {
    return new Result({ ...init, status: 'error' });
  }

  static pending(init: Omit<ResultInit, 'status' | 'errors'>): Result {
    return new Result({ ...init, status: 'pending' });
  }
}

const shape: Shape<Result> = {
  type: Result,
  fields: [
    'status',
    'data',
    'errors',
    'correlation_id',
    'job_id',
    'step_id',
    'duration_ms',
    'timestamp',
    'handler',
    'inputs',
    'outputs',
    'executions',
  ],
  required: ['status', 'correlation_id'],
  json: ['data'],
  times: ['timestamp'],
  lists: {
    inputs: { of: dataReferenceShape, max: MAX_REFERENCES },
    outputs: { of: dataReferenceShape, max: MAX_REFERENCES },
    executions: { of: executionRecordShape, max: MAX_EXECUTIONS },
  },
};

/** @throws {ValidationFailedError} when `value` is not a Result. */
export function parseResult(value: unknown): Result {
  return parse(shape, value, 'Result');
}
