import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import {
  Command,
  Event,
  parseCommand,
  parseDataReference,
  parseEvent,
  parseExecutionRecord,
  parseResult,
  Result,
  utcNow,
} from '../../src/protocol/index.js';
import { ValidationFailedError } from '../../src/transport/errors/index.js';

const name = fc.string({ minLength: 1, maxLength: 40 });
const nullable = fc.option(name, { nil: null });
const free = fc.dictionary(
  fc.string().filter((key) => key !== '__proto__'),
  fc.jsonValue({ maxDepth: 3 }).filter((value) => !JSON.stringify(value).includes('__proto__')),
  { noNullPrototype: true },
);
const reference = fc.record({ ref_type: name, location: name, format: nullable, metadata: free });
const execution = fc.record({ execution_type: name, details: free });

const commands = fc
  .record(
    {
      type: name,
      action: name,
      payload: free,
      correlation_id: name,
      job_id: nullable,
      metadata: free,
    },
    { requiredKeys: ['type', 'action'] },
  )
  .map((init) => new Command(init));
const events = fc
  .record({ type: name, payload: free, source: nullable }, { requiredKeys: ['type'] })
  .map((init) => new Event(init));
const results = fc
  .record({
    status: fc.constantFrom('success' as const, 'error' as const, 'pending' as const),
    correlation_id: name,
    data: fc.option(free, { nil: null }),
    errors: fc.array(fc.string()),
    duration_ms: fc.nat(),
    inputs: fc.array(reference),
    outputs: fc.array(reference),
    executions: fc.array(execution),
  })
  .map((init) => new Result(init));

const throughJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function failureOf(run: () => unknown): unknown[] {
  try {
    run();
    return [];
  } catch (error) {
    return [error];
  }
}

describe('every message', () => {
  it('comes back from its JSON as it was, byte for byte', () => {
    fc.assert(
      fc.property(commands, events, results, (command, event, result) => {
        expect(JSON.stringify(parseCommand(throughJson(command)))).toBe(JSON.stringify(command));
        expect(JSON.stringify(parseEvent(throughJson(event)))).toBe(JSON.stringify(event));
        expect(JSON.stringify(parseResult(throughJson(result)))).toBe(JSON.stringify(result));
      }),
    );
  });

  it('is refused with a ValidationFailedError and nothing else, whatever the JSON', () => {
    const parsers = [
      parseCommand,
      parseEvent,
      parseResult,
      parseDataReference,
      parseExecutionRecord,
    ];
    const keys = [
      ...Object.keys(new Result(Result.pending({ correlation_id: 'c' }))),
      'type',
      'action',
    ];
    const nearMiss = fc.dictionary(
      fc.constantFrom(...keys, 'payload', 'metadata', 'location', '__proto__', 'constructor'),
      fc.oneof(
        fc.jsonValue(),
        name,
        fc.constant(utcNow()),
        fc.array(fc.oneof(reference, fc.jsonValue())),
      ),
    );
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), nearMiss), (value) => {
        const read = throughJson(value);
        const failures = parsers.flatMap((parse) => failureOf(() => parse(read)));
        for (const failure of failures) expect(failure).toBeInstanceOf(ValidationFailedError);
      }),
      { numRuns: 300 },
    );
  });
});
