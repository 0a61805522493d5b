import { IsJsonObject, IsName } from './decorators.js';
import type { JsonObject } from './json.js';
import { parse, type Shape } from './parse.js';

export interface ExecutionRecordInit {
  execution_type: string;
  /** Default {}. */
  details?: JsonObject;
}

export interface SqlDetails extends JsonObject {
  statements: string[];
  /** Default `duckdb`. */
  dialect?: string;
}

export interface DbtDetails extends JsonObject {
  command: string;
  /** Default []. */
  models?: string[];
  /** Default []. */
  compiled_sql?: unknown;
  /** Default null. */
  project_dir?: string | null;
  /** Default null. */
  target?: string | null;
}

export interface PythonDetails extends JsonObject {
  module: string;
  function: string;
  /** Default {}. */
  args?: JsonObject;
  /** Default null. */
  code_hash?: string | null;
}

/** The code that made the outputs, in enough detail to run it again. */
export class ExecutionRecord {
  /** sql, python, spark, ml_training, ml_inference, stream, api_call, dbt, or any other name. */
  @IsName() execution_type: string;
  @IsJsonObject() details: JsonObject;

  constructor(init: ExecutionRecordInit) {
    this.execution_type = init?.execution_type;
    this.details = init?.details === undefined ? {} : init.details;
  }

  /** @example ExecutionRecord.sql({ statements: ['SELECT 1'] }) */
  static sql({ dialect = 'duckdb', statements, ...more }: SqlDetails): ExecutionRecord {
    return new ExecutionRecord({
      execution_type: 'sql',
      details: { dialect, statements, ...more },
    });
  }

  /** @example ExecutionRecord.dbt({ command: 'run', models: ['stg_departments'] }) */
  static dbt(given: DbtDetails): ExecutionRecord {
    const { command, models, compiled_sql, project_dir, target, ...more } = given;
    return new ExecutionRecord({
      execution_type: 'dbt',
      details: {
        command,
        models: models ?? [],
        compiled_sql: compiled_sql ?? [],
        project_dir: project_dir ?? null,
        target: target ?? null,
        ...more,
      },
    });
  }

  /** @example ExecutionRecord.python({ module: 'etl.load', function: 'main' }) */
  static python(given: PythonDetails): ExecutionRecord {
    const { module, function: name, args, code_hash, ...more } = given;
    return new ExecutionRecord({
      execution_type: 'python',
      details: { module, function: name, args: args ?? {}, code_hash: code_hash ?? null, ...more },
    });
  }
}

/** How an ExecutionRecord is read from JSON, alone or within a Result. */
export const executionRecordShape: Shape<ExecutionRecord> = {
  type: ExecutionRecord,
  fields: ['execution_type', 'details'],
  required: ['execution_type'],
  json: ['details'],
};

/** @throws {ValidationFailedError} when `value` is not an ExecutionRecord. */
export function parseExecutionRecord(value: unknown): ExecutionRecord {
  return parse(executionRecordShape, value, 'ExecutionRecord');
}
