import {
  DataReference,
  ExecutionRecord,
  invalidFieldsError,
  parseDataReference,
  parseExecutionRecord,
} from '../../protocol/index.js';
import { ValidationFailedError } from '../../transport/errors/index.js';
import type { StoredExecution, StoredReference } from './registry.documents.js';
import { fromStoredKeys, toStoredKeys } from '../../platform/persistence/index.js';

/** Removes duplicates: references with the same type and location are the same data, and the last one counts. */
export function storedReferences(references: readonly DataReference[]): StoredReference[] {
  const distinct = new Map(
    references.map((reference) => [
      JSON.stringify([reference.ref_type, reference.location]),
      reference,
    ]),
  );
  return [...distinct.values()].map(({ ref_type, location, format, metadata }) => ({
    ref_type,
    location,
    format,
    metadata: toStoredKeys(metadata),
  }));
}

export function readReferences(stored: readonly StoredReference[]): DataReference[] {
  return stored.map(
    (reference) =>
      new DataReference({ ...reference, metadata: fromStoredKeys(reference.metadata) }),
  );
}

export function storedExecutions(executions: readonly ExecutionRecord[]): StoredExecution[] {
  return executions.map(({ execution_type, details }) => ({
    execution_type,
    details: toStoredKeys(details),
  }));
}

export function readExecutions(stored: readonly StoredExecution[]): ExecutionRecord[] {
  return stored.map(
    ({ execution_type, details }) =>
      new ExecutionRecord({ execution_type, details: fromStoredKeys(details) }),
  );
}

/** @throws {ValidationFailedError} naming the entry, such as `inputs.0.location is required`. */
export function parseReferences(field: string, values: readonly unknown[]): DataReference[] {
  return parseEach(field, values, parseDataReference);
}

/** @throws {ValidationFailedError} naming the entry. */
export function parseExecutions(values: readonly unknown[]): ExecutionRecord[] {
  return parseEach('executions', values, parseExecutionRecord);
}

function parseEach<T>(
  field: string,
  values: readonly unknown[],
  parse: (value: unknown) => T,
): T[] {
  return values.map((value, index) => {
    try {
      return parse(value);
    } catch (error) {
      if (!(error instanceof ValidationFailedError)) throw error;
      throw invalidFieldsError(
        error.violations.map((fault) => ({
          field: [field, index, ...(fault.field === '' ? [] : [fault.field])].join('.'),
          message: fault.message,
        })),
      );
    }
  });
}
