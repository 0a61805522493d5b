import { isObject } from '../common/objects.js';

/**
 * Gives an error without a message the messages of the errors inside it. Node tries every address of a host, and
 * fails with an AggregateError that says nothing itself: "connect ECONNREFUSED ::1:9324; connect ECONNREFUSED 127.0.0.1:9324".
 */
export function named(error: unknown): unknown {
  if (isEmptyAggregate(error)) error.message = error.errors.map(messageOf).join('; ');
  return error;
}

/** By its shape: undici and Node make AggregateErrors of their own. */
const isEmptyAggregate = (error: unknown): error is { message: string; errors: unknown[] } =>
  isObject(error) &&
  'errors' in error &&
  Array.isArray(error.errors) &&
  'message' in error &&
  error.message === '';

const messageOf = (error: unknown): string =>
  String((error as Partial<Error> | undefined)?.message || error);
