import { describe, expect, it } from '@jest/globals';
import {
  Command,
  DataReference,
  Event,
  ExecutionRecord,
  parseCommand,
  parseDataReference,
  parseEvent,
  parseExecutionRecord,
  parseResult,
  Result,
} from '../../src/protocol/index.js';
import { ValidationFailedError } from '../../src/transport/errors/index.js';

const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const AT = '2026-01-26T10:30:45.123456+00:00';

function failureOf(run: () => unknown): ValidationFailedError {
  try {
    run();
  } catch (error) {
    if (error instanceof ValidationFailedError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a Command', () => {
  it('is written with its fields in order, nulls and empty objects included', () => {
    const command = new Command({
      action: 'put_object',
      type: 'storage',
      correlation_id: 'c-1',
      timestamp: AT,
    });
    expect(JSON.stringify(command)).toBe(
      '{"type":"storage","action":"put_object","payload":{},"correlation_id":"c-1",' +
        `"job_id":null,"step_id":null,"metadata":{},"timestamp":"${AT}"}`,
    );
  });

  it('gets a new UUIDv4 and the time when it comes without', () => {
    const command = parseCommand({ type: 'storage', action: 'x' });
    expect(command).toBeInstanceOf(Command);
    expect(command.correlation_id).toMatch(UUID_V4);
    expect(command.timestamp).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00$/);
  });

  it('drops fields it does not know', () => {
    const command = parseCommand({ type: 'a', action: 'b', Message: 'c', toString: 'd' });
    expect(Object.keys(command)).toEqual(Object.keys(new Command({ type: 'a', action: 'b' })));
  });

  it('names the missing required field, or all of them', () => {
    expect(failureOf(() => parseCommand({ type: 'a' })).message).toBe(
      'Missing required field: action',
    );
    const both = failureOf(() => parseCommand({ type: '', action: null }));
    expect(both.message).toBe('Missing required fields: type, action');
    expect(both.violations.map(({ field }) => field)).toEqual(['type', 'action']);
    expect({ retryable: both.retryable }).toEqual({ retryable: false });
  });

  it.each([
    [{ payload: [] }, 'payload must be an object'],
    [{ payload: null }, 'payload must be an object'],
    [{ payload: 'text' }, 'payload must be an object'],
    [{ correlation_id: '' }, 'correlation_id must not be empty'],
    [{ correlation_id: 5 }, 'correlation_id must be a string'],
    [{ correlation_id: 'a\u0000b' }, 'correlation_id must not contain control characters'],
    [{ correlation_id: 'a\ud800' }, 'correlation_id must not contain control characters'],
    [{ action: ['x'] }, 'action must be a string'],
    [{ action: 'x'.repeat(257) }, 'action must be at most 256 characters long'],
    [{ job_id: 7 }, 'job_id must be a string'],
    [{ metadata: 'm' }, 'metadata must be an object'],
    [{ timestamp: 'yesterday' }, 'timestamp must be an ISO 8601 time with Z or an offset'],
    [{ timestamp: 5 }, 'timestamp must be an ISO 8601 time with Z or an offset'],
    [
      JSON.parse('{"payload":{"a":[{"__proto__":{}}]}}'),
      'payload must not contain the key __proto__',
    ],
    [{ action: 1, job_id: 2 }, 'action must be a string; job_id must be a string'],
  ])('refuses %j with field and problem', (wrong, message) => {
    const error = failureOf(() => parseCommand({ type: 'a', action: 'b', ...wrong }));
    expect(error.message).toBe(message);
  });

  it.each([[null], [[]], ['text'], [5], [undefined]])('refuses %j, which is no object', (value) => {
    expect(failureOf(() => parseCommand(value)).message).toBe('Command must be a JSON object');
  });

  it('refuses a payload nested too deep, without recursing into it', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${'}'.repeat(50_000)}`);
    expect(failureOf(() => parseCommand({ type: 'a', action: 'b', payload: deep })).message).toBe(
      'payload must not be nested deeper than 64 levels',
    );
  });

  it('is not changed by a __proto__ beside its fields', () => {
    const command = parseCommand(
      JSON.parse('{"type":"a","action":"b","__proto__":{"job_id":"evil"}}'),
    );
    expect(command.job_id).toBeNull();
    expect(Object.getPrototypeOf(command)).toBe(Command.prototype);
  });

  it('keeps free-form keys such as constructor and dotted ones as they are', () => {
    const payload = { constructor: 1, 'a.b': { $where: 2, toString: null } };
    expect(parseCommand({ type: 'a', action: 'b', payload }).payload).toEqual(payload);
  });
});

describe('a Result', () => {
  it('is written with its fields in order', () => {
    const result = Result.success({ correlation_id: 'c-1', timestamp: AT });
    expect(JSON.stringify(result)).toBe(
      '{"status":"success","data":null,"errors":[],"correlation_id":"c-1","job_id":null,' +
        `"step_id":null,"duration_ms":0,"timestamp":"${AT}","handler":null,"inputs":[],` +
        '"outputs":[],"executions":[]}',
    );
  });

  it('carries lineage from all three factories', () => {
    const lineage = {
      correlation_id: 'c',
      inputs: [new DataReference({ ref_type: 'file', location: 'raw/a' })],
      outputs: [new DataReference({ ref_type: 'table', location: 'main.a' })],
      executions: [ExecutionRecord.sql({ statements: ['SELECT 1'] })],
    };
    const made = [
      Result.success({ ...lineage, data: { rows: 1 } }),
      Result.error({ ...lineage, errors: ['no'] }),
      Result.pending(lineage),
    ];
    expect(made.map(({ status }) => status)).toEqual(['success', 'error', 'pending']);
    for (const result of made) {
      expect(result).toMatchObject(lineage);
      const read = parseResult(JSON.parse(JSON.stringify(result)));
      expect(read).toEqual(result);
      expect(read.outputs[0]).toBeInstanceOf(DataReference);
      expect(read.executions[0]).toBeInstanceOf(ExecutionRecord);
    }
  });

  it.each([
    [{ correlation_id: undefined }, 'Missing required field: correlation_id'],
    [{ status: 'done' }, 'status must be one of success, error, pending'],
    [{ duration_ms: -1 }, 'duration_ms must not be negative'],
    [{ duration_ms: 1.5 }, 'duration_ms must be an integer'],
    [{ duration_ms: '1' }, 'duration_ms must be an integer'],
    [{ duration_ms: 1e300 }, 'duration_ms is too large'],
    [{ errors: 'no' }, 'errors must be a list'],
    [{ errors: [1] }, 'errors must be a list of strings'],
    [{ inputs: {} }, 'inputs must be a list'],
    [{ inputs: ['a'] }, 'inputs.0 must be an object'],
    [{ inputs: [null] }, 'inputs.0 must be an object'],
    [{ outputs: [{ ref_type: 'file' }] }, 'outputs.0.location is required'],
    [{ outputs: [{ ref_type: 'file', location: 5 }] }, 'outputs.0.location must be a string'],
    [
      { executions: [{ execution_type: 'sql', details: [] }] },
      'executions.0.details must be an object',
    ],
    [
      { inputs: Array.from({ length: 100_001 }, () => ({})) },
      'inputs must have at most 100000 entries',
    ],
    [{ data: [] }, 'data must be an object'],
  ])('refuses %j with field and problem', (wrong, message) => {
    const error = failureOf(() =>
      parseResult({ status: 'success', correlation_id: 'c', ...wrong }),
    );
    expect(error.message).toBe(message);
  });
});

describe('an Event', () => {
  it('is written with its fields in order and read back', () => {
    const event = new Event({ type: 'storage.object_created', correlation_id: 'c', timestamp: AT });
    const json = JSON.stringify(event);
    expect(json).toBe(
      '{"type":"storage.object_created","payload":{},"correlation_id":"c",' +
        `"timestamp":"${AT}","source":null}`,
    );
    expect(parseEvent(JSON.parse(json))).toEqual(event);
  });

  it('needs a type', () => {
    expect(failureOf(() => parseEvent({})).message).toBe('Missing required field: type');
  });
});

describe('a DataReference', () => {
  it('is written with its fields in order and read back', () => {
    const reference = new DataReference({ ref_type: 'table', location: 'main.a' });
    const json = JSON.stringify(reference);
    expect(json).toBe('{"ref_type":"table","location":"main.a","format":null,"metadata":{}}');
    expect(parseDataReference(JSON.parse(json))).toEqual(reference);
  });
});

describe('an ExecutionRecord', () => {
  it('has the details of SQL, dbt and Python with their defaults', () => {
    expect(ExecutionRecord.sql({ statements: ['SELECT 1'], row_count: 1 })).toEqual({
      execution_type: 'sql',
      details: { dialect: 'duckdb', statements: ['SELECT 1'], row_count: 1 },
    });
    expect(JSON.stringify(ExecutionRecord.dbt({ command: 'run', target: 'dev' }))).toBe(
      '{"execution_type":"dbt","details":{"command":"run","models":[],"compiled_sql":[],' +
        '"project_dir":null,"target":"dev"}}',
    );
    expect(
      JSON.stringify(ExecutionRecord.python({ module: 'm', function: 'f', code_hash: 'h' })),
    ).toBe(
      '{"execution_type":"python","details":{"module":"m","function":"f","args":{},"code_hash":"h"}}',
    );
  });

  it('is read back from its JSON', () => {
    const record = ExecutionRecord.sql({ statements: [] });
    expect(parseExecutionRecord(JSON.parse(JSON.stringify(record)))).toEqual(record);
  });
});
