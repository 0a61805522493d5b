import { isObject } from '../common/objects.js';
import type { Outcome } from '../protocol/index.js';

/** What a handler had tried, or done in part, before it failed. */
export type Attempted = Partial<Omit<Outcome, 'pending'>>;

// Beside the error rather than on it, so that an error of any library keeps its class, and with it what decides on a retry.
const attempts = new WeakMap<object, Attempted>();

/**
 * Says what a failed handler had tried. The error Result carries it: executions and inputs, and what did succeed.
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
 * Does the work, and says of its failure what was tried.
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

/** What the handler that threw `error` had tried; empty when it did not say. */
export const attemptedBy = (error: unknown): Attempted =>
  (isObject(error) && attempts.get(error)) || {};
