import { isObject } from '../common/objects.js';
import type { Outcome } from '../protocol/index.js';

/** The work a handler had tried, or done in part, before it failed. */
export type Attempted = Partial<Omit<Outcome, 'pending'>>;

// Stored beside the error, so that a library's error keeps its class, which decides about retries.
const attempts = new WeakMap<object, Attempted>();

/**
 * Attaches a failed handler's work to its error. The error Result contains it: executions, inputs, and the outputs that
 * succeeded.
 *
 * @returns the same error, to be thrown.
 * @example
 * throw failedWith(new PermanentError('Query execution failed: no such table'), { executions: [record] });
 */
export function failedWith<E extends object>(error: E, attempted: Attempted): E {
  attempts.set(error, { ...attempts.get(error), ...attempted });
  return error;
}

/**
 * Runs work, and attaches `attempted` to its error.
 *
 * @example
 * const data = await trying({ inputs: [file] }, () => this.storage.get(payload));
 */
export async function trying<T>(attempted: Attempted, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw isObject(error) ? failedWith(error, attempted) : error;
  }
}

/** The work attached to an error; empty if there is none. */
export const attemptedBy = (error: unknown): Attempted =>
  (isObject(error) && attempts.get(error)) || {};
