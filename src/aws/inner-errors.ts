import { isObject } from '../common/objects.js';

/**
 * Gives an error without a message the messages of its inner errors. Node tries every address of a host, and then fails
 * with an AggregateError without a message of its own: "connect ECONNREFUSED ::1:9324; connect ECONNREFUSED
 * 127.0.0.1:9324".
 */
export function named(error: unknown): unknown {
  if (isEmptyAggregate(error)) error.message = error.errors.map(messageOf).join('; ');
  return error;
}

/** Tested by its shape, because undici and Node have AggregateErrors of their own. */
const isEmptyAggregate = (error: unknown): error is { message: string; errors: unknown[] } =>
  isObject(error) &&
  'errors' in error &&
  Array.isArray(error.errors) &&
  'message' in error &&
  error.message === '';

const messageOf = (error: unknown): string =>
  String((error as Partial<Error> | undefined)?.message || error);
